// SPDX-License-Identifier: Apache-2.0
#include "results/util/host_names.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

std::string fold(const std::vector<std::string>& names)
{
    return fold_host_names(names);
}

TEST(HostNames, that_count_up_are_a_range)
{
    EXPECT_EQ(fold({"node1", "node2", "node3"}), "node[1-3]");
    EXPECT_EQ(fold({"node001", "node002", "node004"}), "node[001-002,004]");
    EXPECT_EQ(fold({"gpu-1-2.site", "gpu-1-3.site", "gpu-2-3.site"}), "gpu-1-[2-3].site,gpu-2-3.site");
}

TEST(HostNames, keep_their_width)
{
    EXPECT_EQ(fold({"node099", "node100"}), "node[099-100]");
    EXPECT_EQ(fold({"node9", "node10"}), "node[9-10]");
    EXPECT_EQ(fold({"node01", "node1"}), "node1,node01");
}

TEST(HostNames, that_cannot_be_folded_stay)
{
    EXPECT_EQ(fold({}), "");
    EXPECT_EQ(fold({"login"}), "login");
    EXPECT_EQ(fold({"login", "node7", "login"}), "node7,login");
    EXPECT_EQ(fold({"x12345678901234567890"}), "x12345678901234567890");
}

TEST(HostNames, of_twelve_thousand_are_one_word)
{
    std::vector<std::string> names;
    for (int node = 1; node <= 12'288; ++node) {
        names.push_back(fmt::format("node{:05}", node));
    }
    EXPECT_EQ(fold(names), "node[00001-12288]");
}

TEST(HostNames, that_were_folded_come_back)
{
    const std::vector<std::string> names{"node001", "node002", "node003", "node065", "login"};
    EXPECT_EQ(expand_host_names(fold_host_names(names)), names);
    EXPECT_EQ(expand_host_names("a[1-2,7]b,c,a1b"), (std::vector<std::string>{"a1b", "a2b", "a7b", "c"}));
    EXPECT_EQ(expand_host_names("n[08-11]"), (std::vector<std::string>{"n08", "n09", "n10", "n11"}));
}

TEST(HostNames, that_are_no_list_are_nothing)
{
    for (const char* text : {"", "a,", ",a", "a b", "a[", "a]", "a[]", "a[1-]", "a[2-1]", "a[x]", "a[1]b[2]", "a[1,]",
                             "a[0-999999999]", "a[0-99999],b[0-99999]", "a[-1]"}) {
        EXPECT_FALSE(expand_host_names(text)) << text;
    }
}

}  // namespace
}  // namespace plumbline
