// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace plumbline::control {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr Tree largest{.size = 12'288, .degree = world_degree};

TEST(ControlTree, small_trees_are_as_drawn)
{
    const Tree tree{.size = 7, .degree = 2};
    EXPECT_EQ(tree.parent(0), std::nullopt);
    EXPECT_EQ(tree.parent(6), 2);
    EXPECT_THAT(tree.children(0), ElementsAre(1, 2));
    EXPECT_THAT(tree.children(3), IsEmpty());
    EXPECT_THAT(tree.neighbours(2), ElementsAre(0, 5, 6));
    EXPECT_THAT(tree.away_from(2, 5), ElementsAre(0, 6));
    EXPECT_THAT(tree.away_from(2, 2), ElementsAre(0, 5, 6));
    EXPECT_EQ(tree.towards(3, 6), 1);
    EXPECT_EQ(tree.towards(0, 6), 2);
    EXPECT_THAT((Tree{.size = 1, .degree = 2}.neighbours(0)), IsEmpty());
}

TEST(ControlTree, of_12288_ranks_none_has_more_than_17_neighbours)
{
    int edges = 0;
    for (int rank = 0; rank < largest.size; ++rank) {
        const auto neighbours = largest.neighbours(rank);
        ASSERT_LE(neighbours.size(), 17U) << rank;
        edges += static_cast<int>(neighbours.size());
        for (const int child : largest.children(rank)) {
            ASSERT_EQ(largest.parent(child), rank);
        }
    }
    EXPECT_EQ(edges, 2 * (largest.size - 1));
}

TEST(ControlTree, of_12288_ranks_each_is_reached_from_each_in_8_steps)
{
    for (int to = 0; to < largest.size; to += 97) {
        for (int from = 0; from < largest.size; from += 89) {
            int steps = 0;
            for (int at = from; at != to && steps <= 8; at = largest.towards(at, to)) {
                ++steps;
            }
            ASSERT_LE(steps, 8) << from << " to " << to;
        }
    }
}

TEST(ControlTree, what_leads_away_and_what_leads_to_the_root_are_all_neighbours)
{
    const Tree tree{.size = 100, .degree = group_degree};
    for (int root = 0; root < tree.size; ++root) {
        for (int rank = 0; rank < tree.size; ++rank) {
            auto both = tree.away_from(rank, root);
            if (rank != root) {
                both.push_back(tree.towards(rank, root));
            }
            std::ranges::sort(both);
            ASSERT_EQ(both, tree.neighbours(rank));
        }
    }
}

}  // namespace
}  // namespace plumbline::control
