// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/told_soak.hpp"
#include "results/hdf5/contents.hpp"
#include "results/layout/contradiction.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The group /soak of a run file that `endure` wrote: the journal, and tables that follow from it for readers without
/// plumbline.
namespace plumbline::layout {

/// `text`: whole lines of a journal, and what they say.
void write_soak(hdf5::Contents& file, std::string_view text, const ToldSoak& told);
bool has_soak(hid_t file);
/// The text as it was written.
std::string read_soak_journal(hid_t file);
/// What of the tables doesn't follow from the journal.
std::vector<Contradiction> compare_soak(hid_t file, const ToldSoak& told);

}  // namespace plumbline::layout
