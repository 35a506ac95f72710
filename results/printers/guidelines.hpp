// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/guidelines.hpp"
#include "results/records/run_metadata.hpp"

#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>

namespace plumbline {

/// "allreduce <= reduce_scatter + allgather is broken by +43 % [+39, +47]: 1.43 ms against 1 ms at ...".
std::string guideline_text(const GuidelineViolation& broken);

/// Those that are broken and the settings to look at; nothing where nothing could be compared.
void guidelines_text(std::ostream& out, const RunMetadata& info, const GuidelineReport& report);
nlohmann::ordered_json guidelines_json(const RunMetadata& info, const GuidelineReport& report);

}  // namespace plumbline
