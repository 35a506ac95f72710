// SPDX-License-Identifier: Apache-2.0
#include "results/machines/switch_plan.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

constexpr const char* plan =
    "# a comment with SwitchName=none Nodes=node07\n"
    "SwitchName=leaf1 Nodes=node[01-04],login LinkSpeed=1\n"
    "SwitchName=leaf4 \\\n"
    "  Nodes=node[08-10]   # the last\n"
    "SwitchName=spine Switches=leaf[1-4]\n"
    "BlockName=block1 Nodes=node11\n";

TEST(SwitchPlan, names_the_switch_whose_line_lists_the_node)
{
    EXPECT_EQ(switch_of_node(plan, "node01"), "leaf1");
    EXPECT_EQ(switch_of_node(plan, "login"), "leaf1");
    EXPECT_EQ(switch_of_node("SwitchName=leaf4 \\\n  Nodes=node[08-10]   # the last\n", "node09"), "leaf4");
    EXPECT_EQ(switch_of_node("switchname=leaf2  nodes=node[05-06]", "node06"), "leaf2");
}

TEST(SwitchPlan, names_none_of_a_node_that_no_switch_has_and_of_what_is_no_plan)
{
    EXPECT_EQ(switch_of_node(plan, "node11"), "");  // a block is no switch
    EXPECT_EQ(switch_of_node(plan, "node99"), "");
    EXPECT_EQ(switch_of_node(plan, ""), "");
    EXPECT_EQ(switch_of_node("", "node01"), "");
    EXPECT_EQ(switch_of_node("SwitchName=leaf1 Nodes=node[1-", "node1"), "");
    EXPECT_EQ(switch_of_node("SwitchName= Nodes=node1\nNodes=node1\n= =\n", "node1"), "");
}

}  // namespace
}  // namespace plumbline
