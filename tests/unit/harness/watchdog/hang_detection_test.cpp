// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/hang_detection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr double bound_s = 60;

std::vector<RankObservation> four(RankState state, double unchanged_s)
{
    std::vector<RankObservation> ranks;
    for (const char* name : {"rank 0 (host1)", "rank 1 (host1)", "rank 2 (host2)", "rank 3 (host2)"}) {
        ranks.push_back({.name = name, .unchanged_s = unchanged_s, .state = state});
    }
    return ranks;
}

std::optional<HangReport> judged(const std::vector<RankObservation>& ranks)
{
    return detect_hang(ranks, bound_s, [](std::uint32_t) { return std::string("allreduce 64 MiB"); });
}

constexpr RankState inside_41{.position = 7, .sample = 41, .phase = RankPhase::timed};
constexpr RankState before_41{.position = 7, .sample = 41, .phase = RankPhase::aligning};

TEST(RankState, is_packed_into_one_word_and_back)
{
    const RankState back = RankStatus::unpack(RankStatus::pack(inside_41));
    EXPECT_EQ(back.position, 7U);
    EXPECT_EQ(back.sample, 41U);
    EXPECT_EQ(back.phase, RankPhase::timed);
}

TEST(RankState, who_aligns_is_behind_who_is_inside_and_all_are_behind_who_is_through)
{
    EXPECT_LT(before_41, inside_41);
    EXPECT_LT(inside_41, (RankState{.position = 7, .sample = 42, .phase = RankPhase::aligning}));
    EXPECT_LT(inside_41, (RankState{.position = 7, .sample = 0, .phase = RankPhase::done}));
    EXPECT_LT((RankState{.position = 7, .sample = 0, .phase = RankPhase::done}),
              (RankState{.position = 8, .sample = 0, .phase = RankPhase::preparing}));
}

TEST(Hang, is_none_while_someone_gets_on)
{
    auto ranks = four(inside_41, 61);
    ranks[2].unchanged_s = 1;
    EXPECT_EQ(judged(ranks), std::nullopt);
    EXPECT_EQ(judged(four(inside_41, 60)), std::nullopt);
}

TEST(Hang, names_the_rank_that_has_not_entered_and_who_waits)
{
    auto ranks = four(inside_41, 60.4);
    ranks[3].state = before_41;
    const auto report = judged(ranks);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->sentence,
              "rank 3 (host2) has not entered allreduce 64 MiB #41 for 60 s; rank 0 (host1), rank 1 (host1), rank 2 "
              "(host2) wait for it");
    EXPECT_THAT(report->dump, SizeIs(2));
}

TEST(Hang, of_all_in_the_same_place_blames_no_rank)
{
    const auto report = judged(four(inside_41, 61));
    ASSERT_TRUE(report);
    EXPECT_THAT(report->sentence,
                HasSubstr("every rank is inside allreduce 64 MiB #41 for 61 s, and none makes progress"));
    EXPECT_THAT(report->dump, SizeIs(1));
}

TEST(Hang, names_a_silent_rank_after_the_bound)
{
    auto ranks = four(before_41, 10);
    ranks[1].silent_s = 59;
    EXPECT_EQ(judged(ranks), std::nullopt);
    ranks[1].silent_s = 61;
    EXPECT_THAT(judged(ranks)->sentence, HasSubstr("rank 1 (host1) has been silent for 61 s"));
}

TEST(Hang, names_a_dead_rank_at_once)
{
    auto ranks = four(inside_41, 0);
    ranks[2].died = true;
    EXPECT_EQ(judged(ranks)->sentence, "rank 2 (host2) died (it is inside allreduce 64 MiB #41)");
}

TEST(Hang, a_rank_that_left_or_is_not_watched_accuses_nobody)
{
    auto ranks = four(inside_41, 0);
    ranks[1].left = true;
    ranks[1].died = true;
    ranks[2].watched = false;
    ranks[2].silent_s = 1000;
    EXPECT_EQ(judged(ranks), std::nullopt);
}

}  // namespace
}  // namespace plumbline
