// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/plan_algorithms.hpp"

#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "results/records/identity_parameters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <variant>

namespace plumbline {

namespace {

constexpr std::string_view every_one = "all";

const std::vector<Algorithm>* offered_for(Collective collective, const AvailableAlgorithms& offer)
{
    const auto found = offer.of.find(collective);
    return found == offer.of.end() ? nullptr : &found->second;
}

}  // namespace

bool asks_for_algorithms(const Scenario& scenario)
{
    return std::ranges::any_of(scenario.cases, [](const CaseEntry& entry) {
        const auto* spec = std::get_if<CollectiveSpec>(&entry.pattern);
        return spec != nullptr && spec->algorithms.asked();
    });
}

std::vector<std::string> planned_algorithms(const Scenario& scenario, std::size_t entry,
                                            const AvailableAlgorithms& offer)
{
    const auto* spec = std::get_if<CollectiveSpec>(&scenario.cases.at(entry).pattern);
    if (spec == nullptr) {
        return {};
    }
    const auto* offered = offered_for(spec->collective, offer);
    if (offered == nullptr) {
        return spec->algorithms.all ? std::vector<std::string>{std::string(every_one)} : spec->algorithms.names;
    }
    std::vector<std::string> names;
    std::ranges::transform(*offered, std::back_inserter(names), &Algorithm::name);
    if (spec->algorithms.all) {
        return names;
    }
    for (const std::string& name : spec->algorithms.names) {
        if (std::ranges::find(names, name) == names.end()) {
            const std::vector<std::string_view> valid(names.begin(), names.end());
            throw ConfigError(
                say("{}:{}: key 'cases[{}].algorithms' has '{}' (the library's algorithms of {} are {}). {}",
                    scenario.path, scenario.cases[entry].line, entry, name, plumbline::name(spec->collective),
                    fmt::join(names, ", "), suggest_nearest("The nearest is", name, valid, "Choose one of them")));
        }
    }
    return spec->algorithms.names;
}

std::string why_no_algorithm(const CaseIdentity& what, const AvailableAlgorithms& offer)
{
    const auto choice = algorithm_of(what);
    if (!choice) {
        return {};
    }
    if (is_chained(what)) {
        return "a library's algorithms are forced on calls that wait, and a chain is of others. Use timing: drained";
    }
    const auto* offered = offered_for(choice->collective, offer);
    if (offered == nullptr) {
        return offer.why_not.empty() ? fmt::format("the library has no choice of algorithms for {}", what.pattern)
                                     : offer.why_not;
    }
    const auto found = std::ranges::find(*offered, choice->name, &Algorithm::name);
    if (found != offered->end() && found->most_ranks > 0 && what.ranks > found->most_ranks) {
        return fmt::format("algorithm {} is for at most {} ranks (the case has {})", found->name, found->most_ranks,
                           what.ranks);
    }
    return {};
}

}  // namespace plumbline
