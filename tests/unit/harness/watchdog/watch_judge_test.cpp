// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_judge.hpp"

#include "harness/util/timing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <thread>
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

/// Rank 0 of 1,536 nodes of 8, and the ranks that report to it.
class LargeLaunch : public ::testing::Test {
protected:
    static constexpr int nodes = 1536;
    static constexpr int ranks = 8 * nodes;
    static std::vector<int> places()
    {
        std::vector<int> node_of_rank;
        for (int rank = 0; rank < ranks; ++rank) {
            node_of_rank.push_back(rank / 8);
        }
        return node_of_rank;
    }
    void SetUp() override
    {
        const double until_s = steady_now_s() + 20;
        std::thread admitting([&] { judge_.admit(until_s); });
        for (const int rank : tree_.children[0]) {
            below_.push_back(std::make_unique<WatchNode>(rank, tree_, 7));
            ASSERT_TRUE(below_.back()->join(judge_.place(), true, until_s));
        }
        admitting.join();
    }
    WatchTree tree_ = watch_tree(places());
    WatchNode judge_{0, tree_, 7};
    std::vector<std::unique_ptr<WatchNode>> below_;
    const WorkName work_ = [](std::uint32_t) { return "the case"; };
};

TEST_F(LargeLaunch, no_look_does_more_than_its_part_and_all_of_them_do_everything)
{
    constexpr double tick_s = 1e6;  // one round of judging and beats
    WatchJudge judging(tree_, {}, std::vector<char>(ranks, 1), 1e9);
    judging.prepare(judge_.known());
    for (const auto& each : below_) {
        each->set_own(5, 2e6);
        each->tell_up(2e6);  // of all below it too
    }
    WatchCost before = judge_.cost();
    std::size_t judged_before = 0;
    const std::size_t begun = before.transfers;
    int looks = 0;
    for (; looks < 1000 && (looks == 0 || judging.is_busy(judge_) || judge_.cost().entries < ranks - 1); ++looks) {
        EXPECT_FALSE(judging.look(judge_, 2e6, 1, tick_s, work_).report);
        const WatchCost cost = judge_.cost();
        const std::size_t judged = judging.judged() - judged_before;
        const std::size_t entries = cost.entries - before.entries;
        const std::size_t transfers = cost.transfers - before.transfers;
        EXPECT_LE(judged, WatchJudge::ranks_at_once);
        EXPECT_LE(entries, WatchNode::of_judge.entries + WatchNode::entries_a_frame);
        EXPECT_LE(transfers, WatchNode::of_judge.receives);
        EXPECT_EQ((judged > 0 ? 1 : 0) + (transfers + entries > 0 ? 1 : 0), 1) << "one thing at a time";
        judged_before += judged;
        before = cost;
    }
    EXPECT_EQ(judging.judged(), static_cast<std::size_t>(ranks));
    EXPECT_EQ(judge_.cost().entries, static_cast<std::size_t>(ranks - 1));
    EXPECT_LT(looks, 100);
    EXPECT_GT(before.transfers, begun + 2 * below_.size()) << "a beat and what it said, of each";
    for (const int rank : tree_.children[0]) {
        const auto known = std::ranges::find(judge_.known(), rank, &WatchedRank::rank);
        EXPECT_EQ(known->word, 5U);
    }
}

TEST_F(LargeLaunch, a_death_is_told_by_the_look_that_reads_of_it)
{
    WatchJudge judging(tree_, {}, std::vector<char>(ranks, 1), 1e9);
    const int victim = tree_.children[0][9];
    std::erase_if(below_, [&](const auto& each) { return each->known().front().rank == victim; });
    std::optional<HangReport> report;
    for (int looks = 0; looks < 1000 && !report; ++looks) {
        report = judging.look(judge_, 2e6, 1, 1e6, work_).report;
    }
    ASSERT_TRUE(report);
    EXPECT_THAT(report->sentence, HasSubstr("rank " + std::to_string(victim) + " died"));
}

}  // namespace
}  // namespace plumbline
