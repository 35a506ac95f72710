// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/diagnosis/guidelines.hpp"
#include "results/records/run_metadata.hpp"
#include "results/texts/language.hpp"

#include <nlohmann/json_fwd.hpp>
#include <ostream>

namespace plumbline {

/// "allreduce <= reduce_scatter + allgather is broken by +43 % [+39, +47]: 1.43 ms against 1 ms at ...".
Sentence guideline_said(const GuidelineViolation& broken);

/// Those that are broken and the settings to look at; nothing where nothing could be compared.
void guidelines_text(std::ostream& out, const RunMetadata& info, const GuidelineReport& report,
                     Language language = Language::en);
nlohmann::ordered_json guidelines_json(const RunMetadata& info, const GuidelineReport& report);

}  // namespace plumbline
