#pragma once

#include "results/records/run_data.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/target.hpp"

#include <string>
#include <vector>

namespace plumbline::app {

/// What a run file is to be judged by.
struct JudgementInput {
    std::vector<Target> targets;
    RunData measured;  ///< with the links that the scenario or the targets' file states; refers to the file
};
/// `targets`: a file, or the name of a shipped profile; "" = the run's own targets. Throws ConfigError.
JudgementInput load_judgement_input(const RunFile& file, const std::string& path, const std::string& targets);

}  // namespace plumbline::app
