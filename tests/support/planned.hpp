// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/model/scenario.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <string>

/// Scenarios as text, and their plans.
namespace plumbline::test {

/// `nodes` nodes of `each` ranks.
inline Topology even(int nodes, int each)
{
    Topology topology;
    for (int rank = 0; rank < nodes * each; ++rank) {
        topology.node_of_rank.push_back(rank / each);
    }
    return topology;
}

inline Scenario scenario(const std::string& cases, const std::string& settings = "")
{
    return parse_scenario("plumbline: 1\nname: test\n" + settings + "\ncases:\n" + cases, "test.yaml");
}

inline Plan plan(const std::string& cases, const std::string& settings, const Topology& topology)
{
    return make_plan(scenario(cases, settings), topology);
}

}  // namespace plumbline::test
