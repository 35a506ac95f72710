#include "harness/app/judgement_input.hpp"

#include "harness/app/bundled_scenarios.hpp"
#include "scenarios/yaml/scenario.hpp"

namespace plumbline::app {

JudgementInput load_judgement_input(const RunFile& file, const std::string& path, const std::string& targets)
{
    const std::string targets_path = targets.empty() ? targets : find_profile(targets);
    JudgementInput asked;
    asked.targets = targets_path.empty() ? parse_targets(file.info().targets_text, path + ": /targets")
                                         : load_targets(targets_path);
    asked.measured = file.measured();
    // A contract that states the links' rates is judged by them.
    asked.measured.links = parse_links(file.info().scenario_text, path + ": /scenario");
    if (!targets_path.empty()) {
        if (const auto stated = load_links(targets_path)) {
            asked.measured.links = stated;
        }
    }
    return asked;
}

}  // namespace plumbline::app
