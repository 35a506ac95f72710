// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/share_inputs.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/util/error.hpp"
#include "results/texts/stored_sentence.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <cstddef>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

/// Collective over world: the sentence of the first rank that has one, thrown on all as what it is, code and values.
void throw_everywhere(Communicator& world, const std::optional<Sentence>& problem)
{
    if (const auto why = first_error(world, problem ? std::optional(stored(*problem)) : std::nullopt)) {
        throw ConfigError(sentence_from(*why).value_or(*why));
    }
}

/// A scenario as it goes from rank 0 to the others.
struct ScenarioTexts {
    std::string text;
    std::string path;
    FileTexts files;
};

/// Collective over world.
ScenarioTexts share_texts(Communicator& world, const LoadedScenario& loaded)
{
    const bool root = world.rank() == 0;
    throw_everywhere(world, root ? loaded.error : std::nullopt);
    const Scenario mine = root ? loaded.scenario.value_or(Scenario{}) : Scenario{};
    ScenarioTexts shared{
        .text = broadcast_text(world, mine.text, 0), .path = broadcast_text(world, mine.path, 0), .files = mine.files};
    std::vector<std::string> names;
    for (const auto& [name, held] : shared.files) {
        names.push_back(name);
    }
    const int count = broadcast_value(world, static_cast<int>(names.size()), 0);
    names.resize(static_cast<std::size_t>(count));
    for (const std::string& own_name : names) {
        const std::string name = broadcast_text(world, own_name, 0);
        shared.files[name] = broadcast_text(world, root ? shared.files.at(name) : "", 0);
    }
    return shared;
}

Scenario scenario_of(const Communicator& world, const LoadedScenario& loaded, ScenarioTexts texts)
{
    return world.rank() == 0 ? loaded.scenario.value_or(Scenario{})
                             : parse_scenario(texts.text, texts.path, {}, std::move(texts.files));
}

/// Collective over world.
AvailableAlgorithms share_algorithms(Communicator& world, Backend& backend)
{
    const AlgorithmSelection* const selection = backend.algorithm_selection();
    AvailableAlgorithms available;
    if (selection != nullptr) {
        available = selection->available();
    } else {
        available.why_not = "backend " + backend.info().name + " can't be told by which algorithm it runs an operation";
    }
    std::string text;
    for (const auto& [collective, choices] : available.of) {
        for (const Algorithm& choice : choices) {
            text += fmt::format("{} {} {}\n", name(collective), choice.name, choice.setting);
        }
    }
    const bool alike = broadcast_text(world, text, 0) == text;
    std::optional<std::string> obstacle;
    if (!available.why_not.empty()) {
        obstacle = available.why_not;
    } else if (!alike) {
        obstacle = fmt::format("the library of rank {} has other algorithms than rank 0's", world.rank());
    }
    if (const auto why = first_error(world, obstacle)) {
        return {.of = {}, .why_not = *why};
    }
    return available;
}

}  // namespace

void on_root(Communicator& world, const std::function<void()>& work)
{
    std::optional<Sentence> problem;
    if (world.rank() == 0) {
        try {
            work();
        } catch (const ConfigError& error) {
            problem = error.said();
        }
    }
    throw_everywhere(world, problem);
}

namespace {

/// Collective over world where the scenario asks for algorithms.
SharedInputs planned(const Launched& launched, Scenario scenario)
{
    SharedInputs inputs{.scenario = std::move(scenario), .algorithms = {}, .plan = {}};
    if (asks_for_algorithms(inputs.scenario)) {
        inputs.algorithms = share_algorithms(launched.world, launched.backend);
    }
    inputs.plan = make_plan(inputs.scenario, launched.whereabouts.topology, inputs.algorithms);
    return inputs;
}

}  // namespace

SharedInputs share_inputs(const Launched& launched, const LoadedScenario& loaded)
{
    ScenarioTexts texts = share_texts(launched.world, loaded);
    return planned(launched, scenario_of(launched.world, loaded, std::move(texts)));
}

std::shared_ptr<const SharedInputs> share_inputs(const Launched& launched, const LoadedScenario& loaded,
                                                 InputsOfProcess& process)
{
    ScenarioTexts texts = share_texts(launched.world, loaded);
    const Topology& topology = launched.whereabouts.topology;
    const bool known = process.inputs && process.inputs->scenario.text == texts.text &&
                       process.inputs->scenario.path == texts.path && process.inputs->scenario.files == texts.files &&
                       process.topology == topology && !asks_for_algorithms(process.inputs->scenario);
    if (known) {
        return process.inputs;
    }
    auto made =
        std::make_shared<const SharedInputs>(planned(launched, scenario_of(launched.world, loaded, std::move(texts))));
    process.inputs = made;
    process.topology = topology;
    return made;
}

std::set<CaseRound> share_rounds(Communicator& world, const std::set<CaseRound>& mine)
{
    std::string text;
    for (const auto& [id, round] : mine) {
        text += fmt::format("{} {} ", id, round);
    }
    std::istringstream in(broadcast_text(world, text, 0));
    std::set<CaseRound> rounds;
    CaseRound next;
    while (in >> next.first >> next.second) {
        rounds.insert(next);
    }
    return rounds;
}

}  // namespace plumbline::app
