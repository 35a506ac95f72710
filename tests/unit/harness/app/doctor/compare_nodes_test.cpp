// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/compare_nodes.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// node01 to node64, all with one firmware and one plugin.
std::vector<NodeReport> uniform()
{
    std::vector<NodeReport> nodes;
    for (int node = 1; node <= 64; ++node) {
        nodes.push_back({.host = fmt::format("node{:02}", node),
                         .facts = {{"firmware of mlx5_0", "28.39", Severity::disturbs},
                                   {"plugin libnccl-net.so", "1.5", Severity::breaks},
                                   {"uptime", fmt::format("{} h", node), std::nullopt}},
                         .findings = {}});
    }
    return nodes;
}

TEST(CompareNodes, finds_nothing_where_all_are_alike)
{
    const auto nodes = uniform();
    EXPECT_THAT(compare_nodes(nodes), IsEmpty());
    const auto groups = group_alike(nodes);
    ASSERT_EQ(groups.size(), 1U);
    EXPECT_EQ(groups[0].hosts.size(), 64U);
    EXPECT_EQ(groups[0].facts.size(), 3U);
}

TEST(CompareNodes, names_the_node_that_differs)
{
    auto nodes = uniform();
    nodes[16].facts[0].value = "28.36";
    const auto findings = compare_nodes(nodes);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::disturbs);
    EXPECT_THAT(findings[0].hosts, ElementsAre("node17"));
    EXPECT_EQ(findings[0].problem, "nodes differ: 28.39 on 63 of 64 nodes and 28.36 on node17");
    const auto groups = group_alike(nodes);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].hosts.size(), 63U);
    EXPECT_THAT(groups[1].hosts, ElementsAre("node17"));
    EXPECT_THAT(groups[1].facts, ElementsAre(NodeFact{"firmware of mlx5_0", "28.36", Severity::disturbs}));
}

TEST(CompareNodes, says_that_a_plugin_is_on_half_of_the_nodes)
{
    auto nodes = uniform();
    for (std::size_t node = 32; node < 64; ++node) {
        nodes[node].facts.erase(nodes[node].facts.begin() + 1);
    }
    const auto findings = compare_nodes(nodes);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].severity, Severity::breaks);
    EXPECT_EQ(findings[0].about, "plugin libnccl-net.so");
    EXPECT_EQ(findings[0].problem, "nodes differ: 1.5 on 32 of 64 nodes and missing on node[33-64]");
    EXPECT_EQ(findings[0].hosts.size(), 32U);
    EXPECT_EQ(findings[0].hosts.front(), "node33");
    EXPECT_THAT(group_alike(nodes).at(1).facts,
                ElementsAre(NodeFact{"plugin libnccl-net.so", "missing", Severity::breaks}));
}

TEST(CompareNodes, names_both_halves_where_neither_is_usual)
{
    auto nodes = uniform();
    nodes.resize(2);
    nodes[0].facts[0].value = "28.36";
    const auto findings = compare_nodes(nodes);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings[0].hosts, ElementsAre("node01", "node02"));
    EXPECT_EQ(findings[0].problem, "nodes differ: 28.36 on node01 and 28.39 on node02");
}

TEST(CompareNodes, folds_what_is_found_on_several_nodes_and_puts_the_worst_first)
{
    auto nodes = uniform();
    const DoctorFinding governor{
        .severity = Severity::disturbs, .about = "governor", .hosts = {}, .problem = "slow", .advice = "set it"};
    for (NodeReport& node : nodes) {
        node.findings.push_back(governor);
    }
    nodes[3].findings.push_back(
        {.severity = Severity::breaks, .about = "memlock", .hosts = {}, .problem = "limited", .advice = "raise it"});
    const auto findings = compare_nodes(nodes);
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].about, "memlock");
    EXPECT_THAT(findings[0].hosts, ElementsAre("node04"));
    EXPECT_EQ(findings[1].hosts.size(), 64U);
}

}  // namespace
}  // namespace plumbline::app
