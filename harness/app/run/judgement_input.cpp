// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/judgement_input.hpp"

#include "scenarios/yaml/scenario.hpp"

#include <optional>
#include <utility>

namespace plumbline::app {

JudgementInput load_judgement_input(const RunFile& file, const std::string& path, const std::string& targets_path)
{
    const RunMetadata& info = file.info();
    TargetsDocument document =
        targets_path.empty() ? TargetsDocument{parse_targets(info.targets_text, path + ": /targets"), std::nullopt}
                             : load_targets_document(targets_path);
    JudgementInput input{.targets = std::move(document.targets), .measured = file.measured()};
    input.measured.links = parse_links(info.scenario_text, path + ": /scenario");
    if (document.links) {
        input.measured.links = document.links;  // a contract that states the links' rates is judged by them
    }
    return input;
}

}  // namespace plumbline::app
