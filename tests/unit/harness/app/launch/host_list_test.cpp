// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/host_list.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

void PrintTo(const HostRanks& host, std::ostream* out)
{
    *out << host.host << ":" << host.ranks;
}

namespace {

using Hosts = std::vector<HostRanks>;

TEST(HostList, is_hosts_with_their_ranks)
{
    EXPECT_EQ(parse_hosts("node1:8,node2:4", "-H"), (Hosts{{"node1", 8}, {"node2", 4}}));
    EXPECT_EQ(parse_hosts("node1, user@node2:2", "-H"), (Hosts{{"node1", 1}, {"user@node2", 2}}));
    EXPECT_EQ(parse_hosts("[fd00::1]:4,[::1]", "-H"), (Hosts{{"fd00::1", 4}, {"::1", 1}}));
}

TEST(HostList, refuses_what_is_no_host_with_ranks)
{
    for (const std::string text :
         {"", "node1:", "node1:0", "node1:x", "node1:-1", ":8", "node1,,node2", "-oProxyCommand=x", "a b", "$(x):1",
          "[fd00::1", "[fd00::1]8", "[fd00::1]:", "node1:8:8", "node1:99999999999"}) {
        SCOPED_TRACE(text);
        EXPECT_THROW(parse_hosts(text, "-H"), ConfigError);
    }
}

TEST(HostFile, has_the_lines_of_open_mpi_and_of_mpich)
{
    const std::string text =
        "# the new half\n"
        "node1 slots=8 max_slots=8\r\n"
        "\n"
        "node2:4  # spare\n"
        "node3";
    EXPECT_EQ(parse_host_file(text, "hosts"), (Hosts{{"node1", 8}, {"node2", 4}, {"node3", 1}}));
}

TEST(HostFile, names_the_line_that_it_does_not_know)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {"node1\nnode2 slot=8\n", "hosts:2: 'slot=8'"},
        {"node1 slots=0\n", "hosts:1: 'slots=0'"},
        {"node1:8:8\n", "hosts:1: 'node1:8:8'"},
        {"# nothing\n", "hosts names no host"},
        {"", "hosts names no host"},
    };
    for (const auto& [text, sentence] : rows) {
        SCOPED_TRACE(text);
        try {
            parse_host_file(text, "hosts");
            ADD_FAILURE() << "it was accepted";
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(sentence));
        }
    }
}

TEST(ShellWord, is_one_word_whatever_is_in_it)
{
    EXPECT_EQ(shell_word("a b"), "'a b'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word("$(rm)"), "'$(rm)'");
    EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace plumbline::app
