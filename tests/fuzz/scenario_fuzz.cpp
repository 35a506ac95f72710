// SPDX-License-Identifier: Apache-2.0
// Feeds bytes to the reader of scenarios: whatever they are, it either reads them or throws ConfigError.

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(data, data + size);
    plumbline::Scenario scenario;
    try {
        scenario = plumbline::parse_scenario(text, "fuzz/scenario.yaml");
    } catch (const plumbline::ConfigError&) {
        return 0;
    }
    // What was read once is read again from its own text: an exception from here is a bug.
    const plumbline::Scenario again = plumbline::parse_scenario(scenario.text, "fuzz/scenario.yaml");
    if (again.text != scenario.text || plumbline::parse_targets(again.targets_text, "targets") != scenario.targets) {
        std::abort();
    }
    return 0;
}
