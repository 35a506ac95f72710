// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/launch_plan.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {
namespace {

LaunchPlan plan_for(std::vector<HostRanks> hosts)
{
    return {.hosts = std::move(hosts),
            .port = 20'000,
            .ssh = "ssh -p 22",
            .program = "/opt/plumbline",
            .folder = "/home/it's",
            .variables = {"A=b c", "PATH=/opt/a b"},
            .arguments = {"run", "x.yaml"},
            .token = "secret"};
}

TEST(LaunchPlan, reaches_each_host_by_ssh_with_token_and_variables_on_its_input_alone)
{
    const auto programs = node_programs(plan_for({{"node1", 8}, {"node2", 4}}));
    ASSERT_EQ(programs.size(), 2U);
    const std::vector<std::string> expected{"ssh", "-p", "22", "node2",
                                            "cd '/home/it'\\''s' && exec env 'PATH=/opt/a b' '/opt/plumbline' 'launch' "
                                            "'--node' '8+4/12@node1:20000' '--' 'run' 'x.yaml'"};
    EXPECT_EQ(programs[1].arguments, expected);
    EXPECT_EQ(programs[1].input, "token secret\nset A=b c\nset PATH=/opt/a b\nstart\n");
    for (const ChildProgram& program : programs) {
        for (const std::string& argument : program.arguments) {
            EXPECT_EQ(argument.find("secret"), std::string::npos);
            EXPECT_EQ(argument.find("b c"), std::string::npos);
        }
    }
}

TEST(LaunchPlan, needs_no_ssh_on_this_host_alone)
{
    const auto programs = node_programs(plan_for({{"localhost", 2}, {"127.0.0.1", 1}}));
    ASSERT_EQ(programs.size(), 2U);
    EXPECT_EQ(programs[1].arguments, (std::vector<std::string>{"/opt/plumbline", "launch", "--node",
                                                               "2+1/3@localhost:20000", "--", "run", "x.yaml"}));
    EXPECT_EQ(programs[1].environment, std::vector<std::string>{});
    EXPECT_EQ(programs[1].input, programs[0].input);
}

TEST(NodeInput, comes_back_from_its_lines_whatever_the_values_hold)
{
    const NodeInput input{.token = "t", .variables = {"A=two\nlines", "B=C:\\new", "C=", "D=a=b"}};
    std::istringstream lines(format_node_input(input) + "signal 15\n");
    const auto next = [&lines] {
        std::string line;
        return std::getline(lines, line) ? std::optional(line) : std::nullopt;
    };
    EXPECT_EQ(read_node_input(next), input);
    EXPECT_EQ(next(), "signal 15");  // what comes behind it is left
}

TEST(LaunchPlan, refuses_a_loopback_name_beside_others)
{
    EXPECT_THROW(node_programs(plan_for({{"localhost", 2}, {"node2", 2}})), ConfigError);
}

TEST(NodeRanks, come_back_from_their_text)
{
    const NodeRanks ranks{.first = 8, .count = 4, .size = 16, .place = "[fd00::1]:29500"};
    EXPECT_EQ(parse_node_ranks(format_node_ranks(ranks)), ranks);
    for (const std::string text :
         {"", "8", "8+4", "8+4/16", "8+4/16@", "8+4/11@a:1", "8+0/16@a:1", "x+4/16@a:1", "-1+4/16@a:1"}) {
        EXPECT_EQ(parse_node_ranks(text), std::nullopt) << text;
    }
}

TEST(NodeRanks, each_get_their_rank_and_all_but_rank_0_a_prefix)
{
    const auto programs = rank_programs({.first = 0, .count = 2, .size = 4, .place = "a:1"}, "/p", {"run", "x"},
                                        {.token = "t", .variables = {"A=b"}});
    ASSERT_EQ(programs.size(), 2U);
    EXPECT_EQ(programs[0].prefix, "");
    EXPECT_EQ(programs[1].prefix, "[rank 1] ");
    EXPECT_EQ(programs[1].arguments, (std::vector<std::string>{"/p", "run", "x", "--rank", "1/4", "--join", "a:1"}));
    EXPECT_EQ(programs[1].environment,
              (std::vector<std::string>{"LOCAL_RANK=1", "LOCAL_WORLD_SIZE=2", "PLUMBLINE_TOKEN=t", "A=b"}));
}

TEST(LaunchStatus, is_rank_0s_unless_a_rank_broke)
{
    const auto status = [](const std::vector<ChildEnd>& ends) { return launch_status(ends); };
    EXPECT_EQ(status({{0}, {0}}), 0);
    EXPECT_EQ(status({{1}, {1}}), 1);
    EXPECT_EQ(status({{3}, {0}}), 3);
    EXPECT_EQ(status({{0}, {5}}), 5);
    EXPECT_EQ(status({{0}, {137}}), 5);
    EXPECT_EQ(status({{255}, {0}}), 5);
    EXPECT_EQ(status({}), 5);
}

}  // namespace
}  // namespace plumbline::app
