// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/double_tree.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace plumbline {
namespace {

TEST(DoubleTree, moves_nothing_on_one_member_the_array_once_on_two_and_at_most_twice_on_more)
{
    // Edges of the busiest member in both trees, halved. 3: 0-2, 2-1 and, shifted, 1-0, 0-2: member 2 has 2 + 1.
    // 4: 0-2, 2-1, 2-3 and mirrored 3-1, 1-2, 1-0: 3 + 1.
    for (const auto& [members, load] : std::vector<std::pair<int, double>>{
             {1, 0}, {2, 1}, {3, 1.5}, {4, 2}, {5, 2}, {8, 2}, {13, 2}, {16, 2}, {1536, 2}}) {
        EXPECT_EQ(double_tree_load(members).node, load) << members;
    }
}

TEST(DoubleTree, crosses_leaves_by_the_edges_between_them)
{
    // 4 members, 2 a leaf: of the first tree 0-2 and 2-1 cross, of the second 3-1 and 1-2.
    EXPECT_EQ(double_tree_load(4, 2).leaf, 2);
    EXPECT_EQ(double_tree_load(4, 4).leaf, 0);
    EXPECT_EQ(double_tree_load(4, 1).leaf, double_tree_load(4).node);
}

}  // namespace
}  // namespace plumbline
