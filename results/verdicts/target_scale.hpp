// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/verdicts/target.hpp"

#include <string>
#include <vector>

/// Scales of targets, in ranks or in nodes. Pure.
namespace plumbline {

int size_of(const CaseSummary& c, ScaleUnit unit);

/// "64 ranks", "8 nodes"; `scale.count` is there.
Sentence scale_text(const ScaleRef& scale);

/// Those of `cases` at the scale, the largest there is for "all"; of a scale in nodes, those that have the most ranks
/// there.
std::vector<const CaseSummary*> at_scale(const ScaleRef& scale, const std::vector<const CaseSummary*>& cases);

}  // namespace plumbline
