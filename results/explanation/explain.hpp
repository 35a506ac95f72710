// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_data.hpp"
#include "results/summaries/disturbances.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <span>
#include <vector>

namespace plumbline {

/// Of each target that FAILs on a case, in the order of the findings, what the run itself says of its worst finding: on
/// which scales the target is missed and on which it is met, how many of the cases of that scale miss it, and whether
/// another algorithm of the library was measured. Pure but for the reads in `run`.
std::vector<Explanation> explain(const Judgement& judgement, std::span<const Target> targets, const RunData& run);

/// What the machine did while the case of an explanation was measured: the first of its disturbances, or that none was
/// seen. Pure.
Sentence meanwhile_said(std::span<const Disturbance> of_case);

}  // namespace plumbline
