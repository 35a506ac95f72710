// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/congestion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

using ::testing::SizeIs;

std::vector<int> nodes_of(int nodes, int ranks_per_node)
{
    std::vector<int> node_of_rank;
    for (int rank = 0; rank < nodes * ranks_per_node; ++rank) {
        node_of_rank.push_back(rank / ranks_per_node);
    }
    return node_of_rank;
}

CongestionSpec with_share(double share, LinkLevel level = LinkLevel::node)
{
    CongestionSpec spec;
    spec.victim_share = share;
    spec.level = level;
    return spec;
}

TEST(CongestionSplit, puts_every_rank_on_one_side)
{
    for (const LinkLevel level : {LinkLevel::node, LinkLevel::rank}) {
        const CongestionSplit split = split_ranks(with_share(0.3, level), nodes_of(10, 3), 0);
        std::multiset<int> all(split.victims.begin(), split.victims.end());
        all.insert(split.aggressors.begin(), split.aggressors.end());
        EXPECT_THAT(all, SizeIs(30));
        EXPECT_EQ(std::set<int>(all.begin(), all.end()).size(), 30U);
        EXPECT_THAT(split.victims, SizeIs(9));
    }
}

TEST(CongestionSplit, of_nodes_never_parts_one)
{
    for (int number = 0; number < 20; ++number) {
        const CongestionSplit split = split_ranks(with_share(0.5), nodes_of(5, 4), number);
        std::set<int> victims;
        for (const int rank : split.victims) {
            victims.insert(rank / 4);
        }
        for (const int rank : split.aggressors) {
            EXPECT_FALSE(victims.contains(rank / 4)) << number;
        }
    }
}

TEST(CongestionSplit, of_ranks_gives_every_node_both_sides_at_a_half)
{
    for (int number = 0; number < 20; ++number) {
        const CongestionSplit split = split_ranks(with_share(0.5, LinkLevel::rank), nodes_of(4, 2), number);
        std::set<int> victims;
        std::set<int> aggressors;
        std::ranges::for_each(split.victims, [&](int rank) { victims.insert(rank / 2); });
        std::ranges::for_each(split.aggressors, [&](int rank) { aggressors.insert(rank / 2); });
        EXPECT_THAT(victims, SizeIs(4));
        EXPECT_THAT(aggressors, SizeIs(4));
    }
}

TEST(CongestionSplit, keeps_two_on_each_side)
{
    EXPECT_THAT(split_ranks(with_share(0.01), nodes_of(6, 1), 0).victims, SizeIs(2));
    EXPECT_THAT(split_ranks(with_share(0.99), nodes_of(6, 1), 0).aggressors, SizeIs(2));
    EXPECT_THROW(split_ranks(with_share(0.5), nodes_of(3, 1), 0), std::logic_error);
}

TEST(CongestionSplit, of_one_node_draws_ranks)
{
    EXPECT_THAT(split_ranks(with_share(0.25), nodes_of(1, 8), 0).victims, SizeIs(2));
}

TEST(CongestionSplit, is_drawn_by_seed_and_number)
{
    const auto nodes = nodes_of(40, 1);
    CongestionSpec spec = with_share(0.2);
    const CongestionSplit first = split_ranks(spec, nodes, 0);
    EXPECT_EQ(split_ranks(spec, nodes, 0), first);
    EXPECT_NE(split_ranks(spec, nodes, 1), first);
    spec.seed = 2;
    EXPECT_NE(split_ranks(spec, nodes, 0), first);
}

}  // namespace
}  // namespace plumbline
