// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/reduced_round.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using Values = std::vector<double>;

TEST(ReducedRound, has_the_slowest_rank_of_times_and_the_mean_of_parts)
{
    Round round;
    round.index = 3;
    round.seconds = {.samples = 2, .ranks = 3, .values = {1, 5, 2, 7, 6, 3}};
    round.warmup = {1, 0};
    round.batch = {1, 4};
    round.start_offset_s = SampleMatrix{.samples = 2, .ranks = 3, .values = {0, 2, 1, 0, 0, 4}};
    round.shares["compute_s"] = {.samples = 2, .ranks = 3, .values = {1, 2, 3, 0, 3, 6}};
    round.isolated["communication_s"] = {.samples = 1, .ranks = 3, .values = {3, 3, 9}};
    round.critical_rank = 2;
    const Round small = reduced(round);
    EXPECT_EQ(small.index, 3);
    EXPECT_EQ(small.seconds, (SampleMatrix{.samples = 2, .ranks = 1, .values = {5, 7}}));
    EXPECT_EQ(small.start_offset_s->values, (Values{2, 4}));
    EXPECT_EQ(small.shares.at("compute_s").values, (Values{2, 3}));
    EXPECT_EQ(small.isolated.at("communication_s").values, (Values{5}));
    EXPECT_EQ(small.warmup, round.warmup);
    EXPECT_EQ(small.critical_rank, 2);
}

TEST(ReducedRound, of_nothing_is_nothing)
{
    EXPECT_EQ(reduced(Round{}).seconds.samples, 0U);
    EXPECT_TRUE(reduced(Round{}).seconds.values.empty());
}

}  // namespace
}  // namespace plumbline
