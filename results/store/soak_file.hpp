// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/store/store.hpp"

#include <filesystem>
#include <string_view>
#include <vector>

namespace plumbline {

/// The collectives of a soak's sweeps as cases without samples, in the order of their descriptions: the time is the
/// median of the sweeps'. Of each only where the journal tells the whole case. Throws ConfigError for one that it tells
/// wrong.
std::vector<CaseHeader> swept_cases(const Soak& soak);

/// A run file of what whole lines of a journal say, at the end of a soak or wherever it stopped: events, launches,
/// hours and sweeps, and the journal itself, which they are held against. Replaces a run file of the same soak alone:
/// throws ConfigError for anything else in its place, or where it can't be written.
void write_soak_file(const std::filesystem::path& path, std::string_view journal, WriterOptions options);

}  // namespace plumbline
