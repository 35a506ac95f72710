// SPDX-License-Identifier: Apache-2.0
#include "scenarios/model/random.hpp"
#include "scenarios/model/scenario.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

/// 2 nodes of 4 ranks, filled one after the other.
const Topology two_by_four{{0, 0, 0, 0, 1, 1, 1, 1}};
/// Nodes of 4, 1 and 3 ranks.
const Topology unequal{{0, 0, 0, 0, 1, 2, 2, 2}};
/// 2 nodes of 4 ranks, dealt out in turn.
const Topology dealt{{0, 1, 0, 1, 0, 1, 0, 1}};

Case node_case(int nodes, Placement placement, int subset)
{
    Case c;
    c.scale.nodes = {nodes};
    c.scale.placement = placement;
    c.what.nodes = nodes;
    c.what.subset = subset;
    return c;
}

TEST(Placement, counts_distinct_nodes)
{
    EXPECT_EQ(Topology{}.nodes(), 0);
    EXPECT_EQ(two_by_four.nodes(), 2);
    EXPECT_EQ(unequal.nodes(), 3);
}

TEST(Placement, compact_fills_node_after_node)
{
    EXPECT_THAT(select_ranks(5, Placement::compact, 0, 1, two_by_four), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(select_ranks(5, Placement::compact, 0, 1, dealt), ElementsAre(0, 2, 4, 6, 1));
    EXPECT_THAT(select_ranks(6, Placement::compact, 0, 1, unequal), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Placement, spread_takes_the_nodes_in_turn)
{
    EXPECT_THAT(select_ranks(5, Placement::spread, 0, 1, two_by_four), ElementsAre(0, 4, 1, 5, 2));
    EXPECT_THAT(select_ranks(4, Placement::spread, 0, 1, dealt), ElementsAre(0, 1, 2, 3));
}

TEST(Placement, spread_goes_on_with_the_nodes_that_have_ranks_left)
{
    EXPECT_THAT(select_ranks(8, Placement::spread, 0, 1, unequal), ElementsAre(0, 4, 5, 1, 6, 2, 7, 3));
}

TEST(Placement, subsets_start_where_the_one_before_ended_and_wrap)
{
    EXPECT_THAT(select_ranks(3, Placement::compact, 1, 1, two_by_four), ElementsAre(3, 4, 5));
    EXPECT_THAT(select_ranks(3, Placement::compact, 2, 1, two_by_four), ElementsAre(6, 7, 0));
    EXPECT_THAT(select_ranks(3, Placement::compact, 3, 1, two_by_four), ElementsAre(1, 2, 3));
    EXPECT_THAT(select_ranks(4, Placement::spread, 1, 1, two_by_four), ElementsAre(2, 6, 3, 7));
}

TEST(Placement, one_rank_is_all_of_a_launch_of_one)
{
    for (const Placement placement : {Placement::compact, Placement::spread, Placement::random}) {
        EXPECT_THAT(select_ranks(1, placement, 5, 7, Topology{{0}}), ElementsAre(0));
    }
}

TEST(Placement, generator_gives_the_published_sequence)
{
    // Test vectors of splitmix64 with seeds 0 and 1234567.
    EXPECT_EQ(SplitMix64(0).next(), 0xe220a8397b1dcdafU);
    SplitMix64 random(1234567);
    EXPECT_EQ(random.next(), 6457827717110365317U);
    EXPECT_EQ(random.next(), 3203168211198807973U);
}

TEST(Placement, generator_draws_every_number_below_the_bound_about_equally_often)
{
    SplitMix64 random(1);
    std::vector<int> seen(3, 0);
    for (int i = 0; i < 30'000; ++i) {
        ++seen.at(random.below(3));
    }
    // Six standard deviations of a binomial with n = 30,000 and p = 1/3: 6 * 81.6.
    for (const int count : seen) {
        EXPECT_NEAR(count, 10'000, 490);
    }
}

TEST(Placement, random_draws_distinct_ranks_of_the_launch)
{
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        std::vector<int> drawn = select_ranks(8, Placement::random, 0, seed, unequal);
        std::sort(drawn.begin(), drawn.end());
        EXPECT_THAT(drawn, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
        const std::vector<int> some = select_ranks(3, Placement::random, 0, seed, unequal);
        EXPECT_EQ(std::set<int>(some.begin(), some.end()).size(), 3U);
    }
}

TEST(Placement, random_repeats_with_the_seed_and_changes_with_seed_and_subset)
{
    Topology large;
    large.node_of_rank.resize(64);
    const auto drawn = select_ranks(16, Placement::random, 0, 1, large);
    EXPECT_EQ(drawn, select_ranks(16, Placement::random, 0, 1, large));
    EXPECT_NE(drawn, select_ranks(16, Placement::random, 0, 2, large));
    EXPECT_NE(drawn, select_ranks(16, Placement::random, 1, 1, large));
}

TEST(Placement, random_draws_each_rank_about_equally_often)
{
    std::vector<int> seen(8, 0);
    for (int subset = 0; subset < 8'000; ++subset) {
        ++seen.at(static_cast<std::size_t>(select_ranks(1, Placement::random, subset, 1, unequal).front()));
    }
    // Six standard deviations of a binomial with n = 8,000 and p = 1/8: 6 * 29.6.
    for (const int count : seen) {
        EXPECT_NEAR(count, 1'000, 178);
    }
}

TEST(Placement, refuses_scales_that_the_launch_does_not_have)
{
    for (const int count : {-1, 0, 9}) {
        EXPECT_THROW(select_ranks(count, Placement::compact, 0, 1, unequal), std::logic_error) << count;
    }
    EXPECT_THROW(select_ranks(1, Placement::compact, -1, 1, unequal), std::logic_error);
    EXPECT_THROW(select_ranks(1, Placement::compact, 0, 1, Topology{}), std::logic_error);
}

TEST(Placement, a_case_in_ranks_gets_what_select_ranks_says)
{
    Case c;
    c.scale.placement = Placement::spread;
    c.what.ranks = 3;
    c.what.nodes = 3;
    c.what.subset = 1;
    EXPECT_EQ(case_ranks(c, unequal), select_ranks(3, Placement::spread, 1, 1, unequal));
}

TEST(Placement, a_case_in_nodes_gets_all_ranks_of_the_first_nodes)
{
    EXPECT_THAT(case_ranks(node_case(2, Placement::compact, 0), unequal), ElementsAre(0, 1, 2, 3, 4));
    EXPECT_THAT(case_ranks(node_case(1, Placement::compact, 0), dealt), ElementsAre(0, 2, 4, 6));
}

TEST(Placement, subsets_of_a_case_in_nodes_are_whole_nodes)
{
    EXPECT_THAT(case_ranks(node_case(2, Placement::compact, 1), unequal), ElementsAre(5, 6, 7, 0, 1, 2, 3));
}

TEST(Placement, a_case_in_nodes_spread_takes_its_nodes_in_turn)
{
    EXPECT_THAT(case_ranks(node_case(2, Placement::spread, 0), unequal), ElementsAre(0, 4, 1, 2, 3));
}

TEST(Placement, a_case_in_nodes_drawn_has_all_ranks_of_each_of_its_nodes)
{
    const std::vector<std::vector<int>> nodes{{0, 1, 2, 3}, {4}, {5, 6, 7}};
    std::set<int> drawn;
    for (int subset = 0; subset < 40; ++subset) {
        const std::vector<int> ranks = case_ranks(node_case(1, Placement::random, subset), unequal);
        const int node = unequal.node_of_rank.at(static_cast<std::size_t>(ranks.at(0)));
        EXPECT_THAT(ranks, ElementsAreArray(nodes.at(static_cast<std::size_t>(node))));
        drawn.insert(node);
    }
    EXPECT_THAT(drawn, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace plumbline
