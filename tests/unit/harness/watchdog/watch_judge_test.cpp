// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_judge.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;

/// Ranks 0 to 5 on nodes of two; the bound is 10 s and it is 100 s.
class WatchJudgeTest : public ::testing::Test {
protected:
    static constexpr double now_s = 100;
    WatchJudgeTest()
    {
        for (int rank = 0; rank < 6; ++rank) {
            known_.push_back({.rank = rank, .word = 0, .heard_s = now_s - 1, .changed_s = now_s - 1});
        }
    }
    std::optional<HangReport> check(std::vector<char> watched = std::vector<char>(6, 1))
    {
        WatchJudge judge(tree_, names_, std::move(watched), 10);
        return judge.check(known_, now_s, [](std::uint32_t) { return "the case"; });
    }
    WatchTree tree_ = watch_tree(std::vector{0, 0, 1, 1, 2, 2});
    std::vector<std::string> names_{"rank 0 (a)", "rank 1 (a)", "rank 2 (b)", "rank 3 (b)", "rank 4 (c)", "rank 5 (c)"};
    std::vector<WatchedRank> known_;
};

TEST_F(WatchJudgeTest, says_nothing_of_a_healthy_launch)
{
    EXPECT_FALSE(check());
}

TEST_F(WatchJudgeTest, names_who_is_silent)
{
    known_[3].heard_s = now_s - 11;
    EXPECT_THAT(check().value().sentence, HasSubstr("rank 3 (b) has been silent for 11 s"));
}

TEST_F(WatchJudgeTest, names_the_relay_and_not_those_behind_it)
{
    known_[2].heard_s = now_s - 9;  // is about to be judged
    known_[3].heard_s = now_s - 11;
    EXPECT_FALSE(check());
    known_[2].heard_s = now_s - 11;
    const std::string sentence = check().value().sentence;
    EXPECT_THAT(sentence, HasSubstr("rank 2 (b) has been silent"));
    EXPECT_EQ(sentence.find("rank 3"), std::string::npos);
}

TEST_F(WatchJudgeTest, tells_a_death_at_once)
{
    known_[5].fate = WatchEntry::Fate::died;
    EXPECT_THAT(check().value().sentence, HasSubstr("rank 5 (c) died"));
}

TEST_F(WatchJudgeTest, does_not_wait_for_ranks_behind_one_that_has_left)
{
    known_[4].fate = WatchEntry::Fate::left;
    known_[5].heard_s = now_s - 50;
    EXPECT_FALSE(check());
}

TEST_F(WatchJudgeTest, does_not_judge_who_is_not_watched)
{
    known_[5].heard_s = 0;
    EXPECT_TRUE(check());
    EXPECT_FALSE(check({1, 1, 1, 1, 1, 0}));
}

TEST_F(WatchJudgeTest, takes_work_that_goes_on_on_one_rank_for_progress_and_a_standstill_for_none)
{
    for (WatchedRank& each : known_) {
        each.changed_s = now_s - 400;
    }
    known_[0].changed_s = now_s - 2;  // folds
    EXPECT_FALSE(check());
    known_[0].changed_s = now_s - 11;
    EXPECT_THAT(check().value().sentence, HasSubstr("none makes progress"));
}

}  // namespace
}  // namespace plumbline
