// SPDX-License-Identifier: Apache-2.0
#include "harness/host/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

MachineIdentity machine(const char* name, const char* kernel, const char* clock, const char* surroundings, int beside)
{
    return {.name = name, .kernel = kernel, .clock = clock, .surroundings = surroundings, .first_beside = beside};
}

TEST(Machines, are_told_apart_by_what_cannot_be_equal_and_not_by_name)
{
    const struct {
        const char* what;
        std::vector<MachineIdentity> ranks;
        std::vector<int> nodes;
        std::vector<std::string> names;
        std::size_t warnings;
    } rows[] = {
        {"two nodes",
         {machine("a", "k1", "t", "n", 0), machine("a", "k1", "t", "n", 0), machine("b", "k2", "t", "n", 2)},
         {0, 0, 1},
         {"a", "b"},
         0},
        {"two machines of one name",
         {machine("localhost", "k1", "t", "n", 0), machine("localhost", "k2", "t", "n", 1)},
         {0, 1},
         {"localhost#1", "localhost#2"},
         1},
        {"one name is all that MPI goes by, and two kernels",
         {machine("localhost", "k1", "t", "n", 0), machine("localhost", "k2", "t", "n", 0)},
         {0, 1},
         {"localhost#1", "localhost#2"},
         1},
        {"one machine under two names, which MPI takes for two",
         {machine("a", "k1", "t", "n", 0), machine("b", "k1", "t", "n", 1)},
         {0, 0},
         {"a"},
         1},
        {"containers of one pod's kernel that share memory",
         {machine("a", "k1", "t", "n1", 0), machine("a", "k1", "t", "n2", 0)},
         {0, 0},
         {"a"},
         0},
        {"containers of one kernel that share nothing",
         {machine("a", "k1", "t", "n1", 0), machine("a", "k1", "t", "n2", 1)},
         {0, 1},
         {"a#1", "a#2"},
         1},
        {"clocks that differ",
         {machine("a", "k1", "t1", "n", 0), machine("a", "k1", "t2", "n", 1)},
         {0, 1},
         {"a#1", "a#2"},
         1},
        {"no boot id: as MPI says",
         {machine("a", "", "", " ", 0), machine("b", "", "", " ", 1)},
         {0, 1},
         {"a", "b"},
         0},
        {"interleaved",
         {machine("b", "k2", "t", "n", 0), machine("a", "k1", "t", "n", 1), machine("b", "k2", "t", "n", 0)},
         {0, 1, 0},
         {"b", "a"},
         0},
        {"none", {}, {}, {}, 0},
    };
    for (const auto& row : rows) {
        const Nodes nodes = nodes_of_machines(row.ranks);
        EXPECT_EQ(nodes.of_rank, row.nodes) << row.what;
        EXPECT_EQ(nodes.names, row.names) << row.what;
        EXPECT_EQ(nodes.warnings.size(), row.warnings) << row.what;
    }
}

TEST(Machines, whose_names_disagree_are_named_in_a_warning)
{
    EXPECT_THAT(nodes_of_machines(std::vector{machine("a", "k", "t", "n", 0), machine("b", "k", "t", "n", 1)}).warnings,
                ElementsAre("one machine has 2 names (a, b). It is one node, shown as a"));
    EXPECT_THAT(nodes_of_machines(std::vector{machine("a", "k", "t", "n", 0), machine("b", "k", "t", "n", 1),
                                              machine("a", "l", "t", "n", 2)})
                    .warnings,
                Contains("one machine has 2 names (a, b). It is one node, shown as a#1"));
    EXPECT_THAT(
        nodes_of_machines(std::vector{machine("a", "k", "t", "n", 0), machine("a", "l", "t", "n", 1)}).warnings,
        ElementsAre(HasSubstr("2 machines have the name 'a' (their kernels, clocks or networks differ). They are 2 "
                              "nodes, shown as a#1, a#2")));
}

TEST(Machines, are_read_back_as_they_were_written)
{
    const MachineIdentity here = this_machine("no\tde\n3", 4, false);
    EXPECT_EQ(parse_machine(format_machine(here)), here);
    EXPECT_FALSE(here.kernel.empty());
    for (const char* other : {"", "a\tb", "a\tb\tc\td\tx", "a\tb\tc\td\t1\te"}) {
        EXPECT_EQ(parse_machine(other), std::nullopt) << other;
    }
}

TEST(Machines, of_a_simulator_are_its_names)
{
    const std::vector ranks{this_machine("host-1", 0, true), this_machine("host-2", 1, true),
                            this_machine("host-1", 0, true)};
    EXPECT_EQ(nodes_of_machines(ranks).of_rank, (std::vector{0, 1, 0}));
    EXPECT_THAT(nodes_of_machines(ranks).warnings, IsEmpty());
}

}  // namespace
}  // namespace plumbline
