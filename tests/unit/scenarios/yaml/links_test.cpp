// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>

namespace plumbline {
namespace {

using sim::Fault;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Scenario links_scenario(const std::string& simulation, const std::string& more = "")
{
    return parse_scenario("plumbline: 1\nname: t\nsimulation: " + simulation +
                              "\ncases:\n  - {pattern: links, bytes: [8, 1MiB]" + more + "}\n",
                          "s.yaml");
}

std::string refusal_of_simulation(const std::string& simulation, const std::string& more = "")
{
    try {
        links_scenario(simulation, more);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

TEST(YamlLinks, reads_every_key)
{
    const Scenario scenario = links_scenario(
        "{ranks: 8}", ", traffic: both_ways, level: node, peers: 4, group_nodes: 16, seed: 9, passes: 3, compute: 2ms");
    const auto& spec = std::get<PairwiseSpec>(scenario.cases.at(0).pattern);
    EXPECT_THAT(spec.bytes, ElementsAre(8, 1 << 20));
    EXPECT_EQ(spec.traffic, LinkTraffic::both_ways);
    EXPECT_EQ(spec.level, LinkLevel::node);
    EXPECT_EQ(spec.peers, 4);
    EXPECT_EQ(spec.group_nodes, 16);
    EXPECT_EQ(spec.seed, 9U);
    EXPECT_EQ(spec.passes, 3);
    EXPECT_EQ(spec.compute_s, 2e-3);
}

TEST(YamlLinks, measures_all_pairs_each_direction_alone_by_default)
{
    const auto spec = std::get<PairwiseSpec>(links_scenario("{ranks: 8}", ", peers: all").cases.at(0).pattern);
    EXPECT_EQ(spec.traffic, LinkTraffic::one_way);
    EXPECT_EQ(spec.level, LinkLevel::rank);
    EXPECT_EQ(spec.peers, std::nullopt);
}

TEST(YamlLinks, reads_planted_faults)
{
    const Scenario scenario = links_scenario(
        "{ranks: 8, link_spread: 0.01, outliers: {share: 1%, factor: 4}, faults: [{kind: node, node: 1, factor: 1.5}, "
        "{kind: direction, node: 2, way: in, factor: 2}, {kind: link, nodes: [3, 4], factor: 2}, "
        "{kind: leaf, nodes: [0, 1, 2], way: out, factor: 3}, {kind: rank, rank: 7, factor: 1.1}, {kind: late, rank: "
        "6, delay: 2ms}]}");
    EXPECT_EQ(scenario.cluster.link_spread, 0.01);
    EXPECT_EQ(scenario.cluster.outlier_share, 0.01);
    EXPECT_EQ(scenario.cluster.outlier_factor, 4);
    EXPECT_THAT(scenario.cluster.faults, ElementsAre(Fault{Fault::Kind::node, {1}, Fault::Way::both, 1.5},
                                                     Fault{Fault::Kind::direction, {2}, Fault::Way::in, 2},
                                                     Fault{Fault::Kind::link, {3, 4}, Fault::Way::both, 2},
                                                     Fault{Fault::Kind::leaf, {0, 1, 2}, Fault::Way::out, 3},
                                                     Fault{Fault::Kind::rank, {7}, Fault::Way::both, 1.1},
                                                     Fault{Fault::Kind::late, {6}, Fault::Way::both, 1, 2e-3}));
    EXPECT_EQ(parse_scenario(scenario.text, "s.yaml").cluster, scenario.cluster);
}

TEST(YamlLinks, refuses_faults_that_can_not_be)
{
    const auto fault = [](const std::string& text) {
        return refusal_of_simulation("{ranks: 4, faults: [{" + text + "}]}");
    };
    EXPECT_THAT(fault("kind: nodes, node: 1, factor: 2"), HasSubstr("The nearest valid value is 'node'"));
    EXPECT_THAT(fault("kind: node, node: 4, factor: 2"), HasSubstr("key 'simulation.faults[0].node' is '4'"));
    EXPECT_THAT(fault("kind: node, rank: 1, factor: 2"), HasSubstr("does not apply to a fault of kind node"));
    EXPECT_THAT(fault("kind: node, node: 1"), HasSubstr("has no key 'factor'"));
    EXPECT_THAT(fault("kind: node, node: 1, factor: 0.9"), HasSubstr("a factor above 1 on the time is wanted"));
    EXPECT_THAT(fault("kind: late, rank: 1, factor: 2"), HasSubstr("does not apply to a fault of kind late"));
    EXPECT_THAT(fault("kind: direction, node: 1, factor: 2"), HasSubstr("has no 'way: out' or 'way: in'"));
    EXPECT_THAT(fault("kind: link, nodes: [1], factor: 2"), HasSubstr("a link has two ends"));
    EXPECT_THAT(fault("kind: link, nodes: [1, 1], factor: 2"), HasSubstr("it is listed twice"));
    EXPECT_THAT(fault("kind: leaf, nodes: [0, 1, 2, 3], factor: 2"), HasSubstr("nothing is left outside"));
    EXPECT_THAT(refusal_of_simulation("{outliers: {share: 2}}"), HasSubstr("a share from 0 to below 1 is wanted"));
    EXPECT_THAT(refusal_of_simulation("{outliers: {share: 0.1, factor: 0.5}}"),
                HasSubstr("a factor of at least 1 is wanted"));
}

TEST(YamlLinks, reads_a_bisect_case)
{
    const auto scenario_of = [](const std::string& more) {
        return parse_scenario("plumbline: 1\nname: b\ncases:\n  - {pattern: bisect, bytes: [8, 1MiB]" + more + "}\n",
                              "s.yaml");
    };
    const auto spec = std::get<BisectionSpec>(scenario_of("").cases.at(0).pattern);
    EXPECT_THAT(spec.bytes, ElementsAre(8U, 1U << 20U));
    EXPECT_EQ(spec.repetitions, 30);
    EXPECT_EQ(std::get<BisectionSpec>(scenario_of(", repetitions: 50").cases.at(0).pattern).repetitions, 50);
    EXPECT_THROW(scenario_of(", repetitions: 3"), ConfigError);
    EXPECT_THROW(scenario_of(", peers: 3"), ConfigError);
}

TEST(YamlLinks, refuses_keys_that_mean_nothing_for_links)
{
    EXPECT_THAT(refusal_of_simulation("{ranks: 4}", ", op: sum"), HasSubstr("does not apply to links"));
    EXPECT_THAT(refusal_of_simulation("{ranks: 4}", ", peers: all, group_nodes: 4"),
                HasSubstr("without a number of peers"));
    EXPECT_THAT(refusal_of_simulation("{ranks: 4}", ", peers: 2, group_nodes: 0"), HasSubstr("group_nodes"));
    EXPECT_THAT(refusal_of_simulation("{ranks: 4}", ", peers: 0"), HasSubstr("key 'cases[0].peers' is '0'"));
    EXPECT_THAT(refusal_of_simulation("{ranks: 4}", ", traffic: oneway"),
                HasSubstr("The nearest valid value is 'one_way'"));
}

}  // namespace
}  // namespace plumbline
