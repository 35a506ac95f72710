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

}  // namespace
}  // namespace plumbline
