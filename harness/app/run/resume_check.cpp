// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/resume_check.hpp"

#include "collectives/api/backend_info.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cstddef>
#include <string>

namespace plumbline::app {

namespace {

/// Which commit the program is of and the time zone change nothing that is measured, and older files don't say them.
Facts facts_that_matter(Facts facts)
{
    std::erase_if(facts, [](const auto& fact) { return fact.first == "commit" || fact.first == "time zone"; });
    return facts;
}

/// The first fact that differs, for people; "" where the lists are equal.
std::string first_difference(const Facts& stored, const Facts& now)
{
    const auto value_in = [](const Facts& facts, const std::string& name) {
        const auto found = std::ranges::find(facts, name, &Facts::value_type::first);
        return found == facts.end() ? std::string("not said") : found->second;
    };
    for (const Facts* const facts : {&stored, &now}) {
        for (const auto& [name, value] : *facts) {
            const std::string before = value_in(stored, name);
            const std::string after = value_in(now, name);
            if (before != after) {
                return fmt::format("{}: {}, now {}", name, text::printable(before), text::printable(after));
            }
        }
    }
    return stored == now ? "" : "its facts are in another order";
}

}  // namespace

std::optional<std::string> resume_obstacle(const RunMetadata& stored, const RunMetadata& now)
{
    if (stored.scenario_text != now.scenario_text) {
        return "it was measured with another scenario or other --set values";
    }
    if (stored.inputs != now.inputs) {
        return "a file that the scenario refers to has changed, or was not kept";
    }
    if (stored.ranks != now.ranks) {
        return fmt::format("it was measured with {} ranks, this launch has {}", stored.ranks, now.ranks);
    }
    if (stored.backend != now.backend) {
        return fmt::format("it was measured on backend {}, this launch is on {}", text::printable(stored.backend),
                           now.backend);
    }
    if (const auto what = first_difference(facts_that_matter(stored.facts), facts_that_matter(now.facts));
        !what.empty()) {
        return fmt::format("it was measured with another library, version or machine; {}", what);
    }
    if (stored.hosts != now.hosts) {
        return "it was measured on other hosts";
    }
    for (std::size_t i = 0; i < stored.places.size() && i < now.places.size(); ++i) {
        if (stored.places[i].node != now.places[i].node) {
            return fmt::format("rank {} was on another host", i);
        }
    }
    return std::nullopt;
}

}  // namespace plumbline::app
