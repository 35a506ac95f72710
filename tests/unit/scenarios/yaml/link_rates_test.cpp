// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;

Links read(const std::string& links)
{
    return parse_links("links: " + links + "\ntargets: []\n", "t.yaml").value_or(Links{});
}

std::string refusal_of_rates(const std::string& text)
{
    try {
        parse_links(text, "t.yaml");
        parse_targets(text, "t.yaml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(StatedLinks, count_a_port_s_rate_as_often_as_a_node_has_ports)
{
    const Links links = read("{ranks_per_node: 8, inter_node: {ports: 8, bandwidth: 400Gbit/s, latency: 3us}}");
    EXPECT_EQ(links.inter_node, (LinkRate{.bytes_per_s = 400e9, .latency_s = 3e-6, .reduces = false}));
    EXPECT_EQ(links.ports, 8);
    EXPECT_EQ(links.ranks_per_node, 8);
    // What a node carries altogether may be less than its ports.
    EXPECT_EQ(read("{inter_node: {ports: 8, bandwidth: 400Gbit/s, node_bandwidth: 256GB/s}}").inter_node->bytes_per_s,
              256e9);
    // Without a number of ports it is the rate of all together.
    EXPECT_EQ(read("{inter_node: {bandwidth: 200GB/s}}").ports, 1);
    EXPECT_TRUE(read("{intra_node: {bandwidth: 450GB/s, reduces: true}}").intra_node->reduces);
}

TEST(StatedLinks, that_contradict_each_other_are_refused_in_one_sentence)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {"links: {inter_node: {ports: 2, bandwidth: 400Gbit/s, node_bandwidth: 25GB/s}}\n",
         "a port is faster, 50 GB/s, than its node altogether, 25 GB/s"},
        {"links: {inter_node: {ports: 0, bandwidth: 400Gbit/s}}\n", "ports"},
        {"links: {inter_node: {prots: 4, bandwidth: 400Gbit/s}}\n", "The nearest valid key is 'ports'"},
        {"links: {intra_node: {ports: 4, bandwidth: 400Gbit/s}}\n", "ports"},
        {"links: {ranks_per_node: 0}\n", "ranks_per_node"},
        {"links: {inter_node: {ports: 4}}\n", "bandwidth"},
        {"links: {inter_node: {bandwidth: 1GB/s, latency: 2}}\n",
         "is '2' (no link takes a second). Write for example 2us"},
    };
    for (const auto& [text, says] : rows) {
        EXPECT_THAT(refusal_of_rates(text), HasSubstr(says)) << text;
    }
}

TEST(AlgorithmOfATarget, is_read_and_refused_where_it_can_not_be)
{
    const auto target = [](const std::string& rest) {
        return "targets:\n  - {name: t, at_least: 0.9, " + rest + "}\n";
    };
    const auto read_target = [&](const std::string& rest) { return parse_targets(target(rest), "t.yaml").at(0); };
    EXPECT_EQ(text_of(read_target("metric: fraction_of_attainable, algorithm: 'ring:2'").algorithm), "ring:2");
    EXPECT_EQ(text_of(read_target("metric: fraction_of_attainable").algorithm), "best");
    EXPECT_EQ(text_of(read_target("metric: busbw, algorithm: tree").algorithm), "tree");
    const std::vector<std::pair<std::string, std::string>> rows{
        {"metric: fraction_of_attainable, algorithm: rnig", "'ring'"},
        {"metric: fraction_of_attainable, algorithm: 'tree:2'", "tree"},
        {"metric: fraction_of_attainable, algorithm: ring, where: {pattern: alltoall}",
         "alltoall has no algorithm ring (it has direct, pairwise, hierarchical)"},
        {"metric: fraction_of_ideal, algorithm: ring", "does not apply to fraction_of_ideal"},
    };
    for (const auto& [rest, says] : rows) {
        EXPECT_THAT(refusal_of_rates(target(rest)), HasSubstr(says)) << rest;
    }
}

}  // namespace
}  // namespace plumbline
