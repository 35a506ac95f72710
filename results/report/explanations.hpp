// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/report/report_data.hpp"
#include "results/summaries/disturbances.hpp"

#include <span>
#include <string>
#include <vector>

namespace plumbline::report {

/// A target that FAILs, explained in sentences: by how much it is missed, at which scale it begins, how many of the
/// rank sets fail, what the causes are, and what the machine did meanwhile.
struct Explanation {
    std::string target;
    std::vector<Sentence> says;
};
/// Of each target that FAILs with a value, its worst finding; in the order of the findings. Pure.
std::vector<Explanation> explanations(const ReportedRun& run, std::span<const Disturbance> disturbances);

/// The conclusion of a target in one sentence: "meets the requirement: ...", with what was measured where.
Sentence conclusion_of(const Judgement& judgement, const std::string& target);

}  // namespace plumbline::report
