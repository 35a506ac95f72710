// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/run_description.hpp"

#include "harness/host/environment.hpp"
#include "harness/sync/start_sync.hpp"
#include "harness/util/build_identity.hpp"
#include "harness/util/timing.hpp"
#include "results/comparison/algorithm_comparison.hpp"
#include "results/texts/language.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace plumbline::app {

namespace {

bool computes_products(const Plan& plan)
{
    return std::ranges::any_of(plan.cases, [](const Case& c) {
        const auto kind = c.what.parameters.find("compute_kind");
        return kind != c.what.parameters.end() && kind->second == name(ComputeKind::gemm);
    });
}

/// The setting that selects each algorithm which the run may choose.
void add_settings(Facts& facts, const AvailableAlgorithms& available)
{
    for (const auto& [collective, choices] : available.of) {
        for (const Algorithm& choice : choices) {
            facts.emplace_back(setting_fact({.collective = collective, .name = choice.name}), choice.setting);
        }
    }
}

/// Library, host, settings and binding.
Facts facts_of(const RunParts& parts)
{
    const Backend& backend = parts.launched.backend;
    Facts facts = backend.info().facts;
    if (const auto library = computes_products(parts.plan) ? backend.gemm_library() : ""; !library.empty()) {
        facts.emplace_back("matrix products", library);
    }
    for (auto& fact : host_facts()) {
        facts.push_back(std::move(fact));
    }
    facts.emplace_back("compiler", build_compiler());
    facts.emplace_back("commit", build_commit().empty() ? "unknown (built without git)" : std::string(build_commit()));
    if (parts.scenario.communicators == Communicators::fresh) {
        facts.emplace_back("communicators", "made anew in each round");
    }
    add_settings(facts, parts.algorithms);
    if (backend.info().kind != LibraryKind::simulated) {
        facts.emplace_back("binding", parts.binding.fact);
        facts.insert(facts.end(), parts.limits.facts.begin(), parts.limits.facts.end());
    }
    return facts;
}

void describe_scenario(RunMetadata& info, const Scenario& scenario)
{
    info.name = scenario.name;
    info.scenario_text = scenario.text;
    info.scenario_path = scenario.path;
    info.targets_text = scenario.targets_text;
    info.inputs.assign(scenario.files.begin(), scenario.files.end());
    info.confidence = scenario.stop.confidence;
    info.synchronisation = describe_synchronisation(scenario.sync);
    info.seed = scenario.seed;
}

void describe_launch(RunMetadata& info, const Launched& launched)
{
    info.ranks = launched.world.size();
    const BackendInfo& backend = launched.backend.info();
    info.backend = backend.name;
    info.simulated = backend.kind == LibraryKind::simulated;
    info.fake_library = backend.kind == LibraryKind::fake;
    info.environment = chosen_variables();
    info.hosts = launched.whereabouts.hosts;
    info.places = launched.whereabouts.places;
    info.machines = launched.whereabouts.machines;
}

}  // namespace

RunMetadata describe_run(const RunParts& parts)
{
    const Launched& launched = parts.launched;
    RunMetadata info;
    info.plumbline_version = PLUMBLINE_VERSION;
    info.started_unix_s = unix_now_s();
    describe_scenario(info, parts.scenario);
    describe_launch(info, launched);
    info.facts = facts_of(parts);
    info.clock = fmt::format("{}; {}", info.simulated ? "virtual" : "CLOCK_MONOTONIC of each rank's host",
                             describe_common_clock(parts.scenario.sync, launched.whereabouts.topology.nodes()));
    info.clock_cost_s = parts.clock_cost_s;
    info.empty_operation_s = empty_operation_cost(launched.backend.clock());
    info.launches = {{.started_unix_s = info.started_unix_s,
                      .clock_cost_s = info.clock_cost_s,
                      .empty_operation_s = info.empty_operation_s}};
    info.planned_cases = static_cast<int>(parts.plan.cases.size());
    if (!info.simulated) {
        for (const auto* warnings : {&launched.whereabouts.warnings, &parts.binding.warnings, &parts.limits.warnings}) {
            std::ranges::transform(*warnings, std::back_inserter(info.warnings), recognised);
        }
    }
    return info;
}

}  // namespace plumbline::app
