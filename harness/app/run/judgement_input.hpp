// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_data.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// What a run file is judged by.
struct JudgementInput {
    std::vector<Target> targets;
    RunData measured;  ///< with the links that the targets' file or else the scenario states; refers to the file
};

/// Reads the targets and links of `file`, which was read from `path`. `targets_path`: a file of targets to judge by; ""
/// = the run's own. Throws ConfigError.
JudgementInput load_judgement_input(const RunFile& file, const std::string& path, const std::string& targets_path);

/// judge() of all that is in the file, and explain() of what FAILs: a FAIL names who of its case's nodes a diagnosis of
/// the same file names as slow.
Judgement judge_file(const RunFile& file, const JudgementInput& input, PointEstimates points = PointEstimates::refuse);

}  // namespace plumbline::app
