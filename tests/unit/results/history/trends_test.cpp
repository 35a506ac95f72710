// SPDX-License-Identifier: Apache-2.0
#include "results/history/trends.hpp"
#include "results/history/trend_story.hpp"

#include "collectives/util/error.hpp"
#include "results/texts/language.hpp"
#include "tests/support/nights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

using test::around;
using test::joined;
using test::leave_out;
using test::nights;
using test::one_goes_missing;
using test::two_changes;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

TEST(Trends, ALastingSlowdownFailsFromItsFirstNight)
{
    const Trends trends = find_trends(nights(joined(around(1e-3, 20), around(1.1e-3, 5))), {}, {});
    ASSERT_EQ(trends.events.size(), 1U);
    const TrendEvent& event = trends.events[0];
    EXPECT_EQ(event.kind, TrendKind::slower);
    EXPECT_NEAR(event.change.value_or(0), 0.1, 0.002);
    EXPECT_EQ(event.file, "night20.h5");
    EXPECT_EQ(event.day, "2026-01-21");
    EXPECT_EQ(event.runs_after, 5U);
    EXPECT_EQ(trends.verdict, Verdict::fail);
}

TEST(Trends, SmallOrFasterOrPastChangesDontFail)
{
    EXPECT_EQ(find_trends(nights(joined(around(1e-3, 20), around(1.015e-3, 20))), {}, {}).verdict, Verdict::pass);
    const Trends faster = find_trends(nights(joined(around(1e-3, 20), around(0.8e-3, 5))), {}, {});
    EXPECT_EQ(faster.events.at(0).kind, TrendKind::faster);
    EXPECT_EQ(faster.verdict, Verdict::pass);
    const Trends past =
        find_trends(nights(joined(joined(around(1e-3, 20), around(1.2e-3, 20)), around(1e-3, 20))), {}, {});
    ASSERT_EQ(past.events.size(), 2U);
    EXPECT_EQ(past.events[0].kind, TrendKind::recovered);
    EXPECT_EQ(past.verdict, Verdict::pass);
}

double unix_of(std::size_t night)
{
    return test::nights({1}).runs[0].started_unix_s + 86400.0 * static_cast<double>(night);
}

TEST(Trends, ASlowdownThatIsOverSaysByHowMuchAndWhenItRecovered)
{
    // Two change points: night 20 is 21 Jan, night 40 is 10 Feb.
    const Trends lasting =
        find_trends(nights(joined(joined(around(1e-3, 20), around(1.09e-3, 20)), around(1e-3, 20))), {}, {});
    ASSERT_EQ(lasting.events.size(), 2U);
    EXPECT_EQ(story_of(lasting.events[0], unix_of(39)).english(), "slowed on 21 Jan by 9 %, recovered on 10 Feb");
    EXPECT_EQ(lasting.events[0].recovered_file, "night40.h5");
    EXPECT_EQ(lasting.events[1].kind, TrendKind::faster);
    EXPECT_EQ(story_of(lasting.events[0], unix_of(400)).english(),
              "slowed on 21 Jan 2026 by 9 %, recovered on 10 Feb 2026");
    // Too few runs for a change point among runs that spread by 3 %.
    std::vector<double> medians;
    for (const int step : {-3, 3, -2, 2, -3, 3, -1, 1, -2, 2}) {
        medians.push_back(1e-3 * (1 + 0.01 * step));
    }
    const std::vector<double> usual = medians;
    medians = joined(joined(medians, {1.1e-3, 1.1e-3}), usual);
    const Trends brief = find_trends(nights(medians), {}, {});
    ASSERT_EQ(brief.events.size(), 1U);
    EXPECT_EQ(brief.events[0].kind, TrendKind::recovered);
    EXPECT_EQ(story_of(brief.events[0], unix_of(21)).english(), "slowed on 11 Jan by 10 %, recovered on 13 Jan");
    EXPECT_EQ(brief.verdict, Verdict::pass);
    // One run alone that nothing confirmed is noise.
    medians = joined(joined(usual, {1.1e-3}), usual);
    EXPECT_TRUE(find_trends(nights(medians), {}, {}).events.empty());
}

TEST(Trends, AStoryOfWhatStillIsSlowerHasNoEnd)
{
    const Trends trends = find_trends(two_changes(1.2, 1.15), {}, {});
    EXPECT_EQ(story_of(trends.events.at(0), unix_of(39)).english(), "slowed on 21 Jan by 15 %");
    EXPECT_EQ(story_of(trends.events.at(1), unix_of(39)).english(), "sped up on 31 Jan by 4.2 %");
    EXPECT_EQ(in(Language::zh, story_of(trends.events[0], unix_of(39))), "1 月 21 日变慢 15 %");
}

/// "slower 1.150, faster 0.958": kind and after / before of each event.
std::string told(const Trends& trends)
{
    std::string text;
    for (const TrendEvent& event : trends.events) {
        text += fmt::format("{}{} {:.3f}", text.empty() ? "" : ", ", name(event.kind), 1 + event.change.value_or(-1));
    }
    return text;
}

TEST(Trends, APartialRecoveryIsStillSlowerThanWhatWasAccepted)
{
    const Trends trends = find_trends(two_changes(1.2, 1.15), {}, {});
    EXPECT_EQ(told(trends), "slower 1.150, faster 0.958");
    EXPECT_EQ(trends.events.at(0).file, "night20.h5");
    EXPECT_EQ(trends.events[0].runs_after, 20U);
    EXPECT_EQ(trends.events[0].why, "1.20 ms right after it");
    EXPECT_EQ(trends.verdict, Verdict::fail);
}

TEST(Trends, AnAcknowledgedChangeHidesNoneBeforeIt)
{
    const RunIndex index = two_changes(1.2, 1.236);
    const std::string second = "2026-01-31 acknowledge * a new driver\n";
    const Trends hidden = find_trends(index, parse_accepted(second, "a.txt"), {});
    EXPECT_EQ(told(hidden), "slower 1.200, acknowledged 1.030");
    EXPECT_EQ(hidden.verdict, Verdict::fail);
    const Trends all = find_trends(index, parse_accepted(second + "2026-01-21 acknowledge * known\n", "a.txt"), {});
    EXPECT_EQ(told(all), "acknowledged 1.200, acknowledged 1.030");
    EXPECT_EQ(all.verdict, Verdict::pass);
}

TEST(Trends, AnAcknowledgedSlowdownThatPartlyRecoversIsTheNewLevel)
{
    const auto known = parse_accepted("2026-01-21 acknowledge * known\n", "a.txt");
    EXPECT_EQ(find_trends(two_changes(1.2, 1.15), known, {}).verdict, Verdict::pass);
    EXPECT_EQ(told(find_trends(two_changes(1.2, 1.3), known, {})), "acknowledged 1.200, slower 1.083");
}

TEST(Trends, TwoStepsUpAreBothToldWhileNobodyAcknowledgedThem)
{
    EXPECT_EQ(told(find_trends(two_changes(1.1, 1.21), {}, {})), "slower 1.210, slower 1.100");
}

TEST(Trends, AGainThatIsLostAgainIsASlowdown)
{
    const Trends trends = find_trends(two_changes(0.8, 0.9), {}, {});
    EXPECT_EQ(told(trends), "earlier 0.800, slower 1.125");
    EXPECT_EQ(trends.verdict, Verdict::fail);
}

TEST(Trends, ACaseThatTheLastRunHasNotIsMissingAndSaysSinceWhenAndWhy)
{
    const Trends trends = find_trends(one_goes_missing("failed: wrong data"), {}, {});
    ASSERT_EQ(trends.events.size(), 1U);
    const TrendEvent& event = trends.events[0];
    EXPECT_EQ(event.kind, TrendKind::missing);
    EXPECT_EQ(event.key, "other");
    EXPECT_EQ(event.file, "night7.h5");
    EXPECT_EQ(event.day, "2026-01-08");
    EXPECT_EQ(event.runs_before, 7U);
    EXPECT_EQ(event.runs_after, 3U);
    EXPECT_EQ(event.before_s, 2e-3);
    EXPECT_FALSE(event.after_s || event.change);
    EXPECT_EQ(event.why, "failed: wrong data");
    EXPECT_EQ(trends.verdict, Verdict::not_measured);
    EXPECT_EQ(find_trends(one_goes_missing(), {}, {}).events.at(0).why, "no such case in the last run");
    RunIndex cut_short = one_goes_missing();
    cut_short.runs.back().complete = false;
    EXPECT_EQ(find_trends(cut_short, {}, {}).events.at(0).why, "the last run was not finished");
}

TEST(Trends, ACaseThatIsMeasuredAgainIsNoLongerMissing)
{
    RunIndex index = one_goes_missing();
    index.runs.back().cases.push_back({"other", 2e-3, 2e-3, 2e-3});
    const Trends trends = find_trends(index, {}, {});
    EXPECT_TRUE(trends.events.empty());
    EXPECT_EQ(trends.verdict, Verdict::pass);
}

TEST(Trends, AMissingCaseIsGivenUpByAnAcknowledgementOfItsFirstNight)
{
    const RunIndex index = one_goes_missing();
    const auto verdict = [&](const std::string& line) {
        return find_trends(index, parse_accepted(line + " given up\n", "a.txt"), {}).verdict;
    };
    EXPECT_EQ(verdict("2026-01-08 acknowledge other"), Verdict::pass);
    EXPECT_EQ(verdict("2026-01-09 acknowledge other"), Verdict::not_measured);
    EXPECT_EQ(verdict("2026-01-08 acknowledge another"), Verdict::not_measured);
    const Trends given_up = find_trends(index, parse_accepted("2026-01-08 acknowledge other x\n", "a.txt"), {});
    EXPECT_EQ(given_up.events.at(0).kind, TrendKind::acknowledged);
    EXPECT_EQ(given_up.events[0].why, "x");
}

TEST(Trends, ABaselineEndsWhatWasMissingBeforeItButHidesNothingThatFailsFromItOn)
{
    const RunIndex index = one_goes_missing();
    const auto with = [&](const std::string& line) { return find_trends(index, parse_accepted(line, "a.txt"), {}); };
    const Trends later = with("2026-01-09 baseline * new firmware\n");
    EXPECT_EQ(later.series.size(), 1U);
    EXPECT_TRUE(later.events.empty());
    const Trends with_it = with("2026-01-08 baseline other new firmware\n");
    EXPECT_EQ(with_it.series.size(), 2U);
    EXPECT_EQ(with_it.events.at(0).kind, TrendKind::missing);
    EXPECT_EQ(with_it.verdict, Verdict::not_measured);
}

TEST(Trends, ASlowdownIsWorseThanAMissingCase)
{
    RunIndex index = nights(joined(around(1e-3, 10), around(1.2e-3, 5)));
    index.runs.front().cases.push_back({"other", 2e-3, 2e-3, 2e-3});
    EXPECT_EQ(find_trends(index, {}, {}).verdict, Verdict::fail);
}

TEST(Trends, OtherScenariosAndOtherHostsMakeNothingMissing)
{
    RunIndex index = nights(around(1e-3, 10));
    RunIndex others = nights({1e-3, 1e-3});
    others.runs[0].name = "weekly";
    others.runs[1].where = "h1";
    for (IndexedRun& run : others.runs) {
        run.started_unix_s += 86400 * 20;
        run.cases[0].key = "other";
        index.runs.push_back(run);
    }
    const Trends trends = find_trends(index, {}, {});
    EXPECT_TRUE(trends.events.empty());
    EXPECT_EQ(trends.verdict, Verdict::pass);
}

TEST(Trends, LaunchesOfAnotherNumberOfRanksMakeNothingMissing)
{
    RunIndex index = nights(around(1e-3, 10));
    for (IndexedRun& run : nights({1e-3, 1e-3}).runs) {
        run.started_unix_s += 86400 * 20;
        run.cases[0].key = "other";
        run.ranks = 4;
        index.runs.push_back(run);
    }
    EXPECT_TRUE(find_trends(index, {}, {}).events.empty());
    for (IndexedRun& run : index.runs) {
        run.ranks = 4;
    }
    EXPECT_EQ(find_trends(index, {}, {}).events.size(), 1U) << "of as many ranks it is";
}

TEST(Trends, ACaseOfTwoScenariosIsMissingWhereOneOfThemLostIt)
{
    RunIndex index = nights(around(1e-3, 10));
    index.runs[4].name = index.runs[9].name = "weekly";
    leave_out(index, "allreduce 8 B", 8, 9, "");
    const Trends trends = find_trends(index, {}, {});
    ASSERT_EQ(trends.events.size(), 1U);
    EXPECT_EQ(trends.events[0].file, "night8.h5");
    EXPECT_TRUE(trends.series.at(0).in_last_run);
}

TEST(Trends, CasesThatAreDescribedAlikeAreSeriesOfTheirOwnNamedByWhatDiffers)
{
    RunIndex index = nights(around(1e-3, 8));
    for (IndexedRun& run : index.runs) {
        run.cases = {{"data_parallel 16 MiB\nbucket_bytes=1024\nranks=2", 1e-3, 1e-3, 1e-3},
                     {"data_parallel 16 MiB\nbucket_bytes=2048\nranks=2", 2e-3, 2e-3, 2e-3}};
    }
    const Trends trends = find_trends(index, {}, {});
    ASSERT_EQ(trends.series.size(), 2U);
    EXPECT_EQ(trends.series[0].key, "data_parallel 16 MiB, bucket_bytes 1024");
    EXPECT_EQ(trends.series[1].key, "data_parallel 16 MiB, bucket_bytes 2048");
    EXPECT_EQ(trends.series[1].runs.size(), 8U);
    EXPECT_TRUE(trends.events.empty());
}

TEST(Trends, AcceptedLinesSpeakOfADescriptionAndOfAFullName)
{
    RunIndex index = nights(around(1e-3, 8));
    for (std::size_t i = 0; i < index.runs.size(); ++i) {
        index.runs[i].cases = {{i < 4 ? "pipeline\nforward_s=0.0005" : "pipeline\nforward_s=0.0006", 1e-3, 1e-3, 1e-3}};
    }
    EXPECT_EQ(find_trends(index, {}, {}).verdict, Verdict::not_measured);
    for (const char* cases : {"pipeline", "\"pipeline, forward_s 0.0005\"", "*0.0005"}) {
        const auto known = parse_accepted(fmt::format("2026-01-05 acknowledge {} slower model\n", cases), "a.txt");
        EXPECT_EQ(find_trends(index, known, {}).verdict, Verdict::pass) << cases;
    }
}

TEST(Trends, OneNightThatDropsFarIsGuardedAgainst)
{
    const Trends trends = find_trends(nights(joined(around(1e-3, 10), {1.3e-3})), {}, {});
    ASSERT_EQ(trends.events.size(), 1U);
    EXPECT_EQ(trends.events[0].kind, TrendKind::drop);
    EXPECT_EQ(trends.verdict, Verdict::fail);
    EXPECT_EQ(find_trends(nights(joined(around(1e-3, 10), {1.04e-3})), {}, {}).verdict, Verdict::pass);
}

TEST(Trends, ADropThatTheNextRunConfirmsStaysOneAndOneThatItDoesntIsGone)
{
    // So spread that a t-test of 2 runs against 10 gives p > 1e-4: no change point, with or without the second run.
    std::vector<double> before;
    for (const int step : {-3, 3, -2, 2, -3, 3, -1, 1, -2, 2}) {
        before.push_back(1e-3 * (1 + 0.01 * step));
    }
    const auto confirmed = find_trends(nights(joined(before, {1.11e-3, 1.09e-3})), {}, {});
    ASSERT_EQ(confirmed.events.size(), 1U);
    EXPECT_EQ(confirmed.events[0].kind, TrendKind::drop);
    EXPECT_EQ(confirmed.events[0].file, "night10.h5");
    EXPECT_EQ(confirmed.events[0].runs_after, 2U);
    EXPECT_NEAR(confirmed.events[0].change.value_or(0), 0.1, 1e-9);
    EXPECT_EQ(confirmed.verdict, Verdict::fail);
    const auto alone = find_trends(nights(joined(before, {1.11e-3, 1.0e-3})), {}, {});
    EXPECT_TRUE(alone.events.empty());
    EXPECT_EQ(alone.verdict, Verdict::pass);
}

TEST(Trends, OtherHostsAreAnotherSeries)
{
    RunIndex both = nights(around(1e-3, 10), "h0");
    for (const IndexedRun& run : nights(around(2e-3, 10), "h1").runs) {
        both.runs.push_back(run);
    }
    const Trends trends = find_trends(both, {}, {});
    EXPECT_EQ(trends.series.size(), 2U);
    EXPECT_TRUE(trends.events.empty());
}

TEST(Trends, WhatIsAcceptedDoesNotCount)
{
    const RunIndex index = nights(joined(around(1e-3, 20), around(1.1e-3, 5)));
    const auto known = parse_accepted("# known\n2026-01-21 acknowledge \"allreduce * B\" numa balancing\n", "a.txt");
    const Trends acknowledged = find_trends(index, known, {});
    EXPECT_EQ(acknowledged.events.at(0).kind, TrendKind::acknowledged);
    EXPECT_EQ(acknowledged.events.at(0).why, "numa balancing");
    EXPECT_EQ(acknowledged.verdict, Verdict::pass);
    const Trends rebased = find_trends(index, parse_accepted("2026-01-21 baseline * new switch\n", "a.txt"), {});
    EXPECT_EQ(rebased.series.at(0).runs.size(), 5U);
    EXPECT_TRUE(rebased.events.empty());
    EXPECT_EQ(find_trends(index, parse_accepted("2026-01-22 acknowledge * late\n", "a.txt"), {}).verdict,
              Verdict::fail);
}

TEST(Trends, AcceptedLinesThatAreNoneAreNamed)
{
    for (const char* line : {"2026-1-2 baseline * x", "2026-01-02 accept * x", "2026-01-02 baseline", "x"}) {
        EXPECT_THAT([&] { parse_accepted("\n" + std::string(line), "a.txt"); },
                    ThrowsMessage<ConfigError>(HasSubstr("a.txt:2: ")))
            << line;
    }
}

TEST(Trends, AShortHistoryTellsNothing)
{
    EXPECT_EQ(find_trends(nights({1e-3}), {}, {}).verdict, Verdict::not_measured);
    EXPECT_EQ(find_trends(nights(around(1e-3, 4)), {}, {}).verdict, Verdict::pass);
}

TEST(Globs, MatchAsShellsDo)
{
    EXPECT_TRUE(matches_glob("*", ""));
    EXPECT_TRUE(matches_glob("a*c?", "abbcd"));
    EXPECT_TRUE(matches_glob("*b*b", "abab"));
    EXPECT_FALSE(matches_glob("a*c", "abd"));
    EXPECT_FALSE(matches_glob("", "a"));
}

}  // namespace
}  // namespace plumbline
