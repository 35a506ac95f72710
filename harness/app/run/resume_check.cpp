// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/resume_check.hpp"

#include <fmt/format.h>
#include <cstddef>

namespace plumbline::app {

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
    if (stored.backend != now.backend || stored.facts != now.facts) {
        return "it was measured with another library, version or machine";
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
