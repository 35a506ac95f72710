// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/verdicts/finding.hpp"

#include <string>
#include <vector>

namespace plumbline::report {

/// The judgement's explanations, each behind what was measured at the worst case, and by how much it is missed. Pure.
std::vector<Explanation> explanations(const Judgement& judgement);

/// The conclusion of a target in one sentence: "meets the requirement: ...", with what was measured where.
Sentence conclusion_of(const Judgement& judgement, const std::string& target);

}  // namespace plumbline::report
