// SPDX-License-Identifier: Apache-2.0
#include "results/history/trends.hpp"

#include "collectives/util/error.hpp"
#include "results/report/history_data.hpp"
#include "results/report/history_output.hpp"
#include "results/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

// Critical values of Student's t, two-sided.
/// What one of the formats writes.
template <class Write>
std::string written(Write write, const RunIndex& index, const Trends& trends)
{
    std::ostringstream out;
    write(out, index, trends);
    return out.str();
}

TEST(StudentP, AgreesWithTables)
{
    EXPECT_NEAR(student_p(2.228, 10), 0.05, 1e-4);
    EXPECT_NEAR(student_p(63.657, 1), 0.01, 1e-6);
    EXPECT_NEAR(student_p(3.291, 1e6), 0.001, 1e-5);
    EXPECT_EQ(student_p(0, 5), 1);
}

TEST(StudentTest, OfConstantsIsAllOrNothing)
{
    EXPECT_EQ(student_test_p(std::vector{1.0, 1.0}, std::vector{1.0, 1.0}), 1);
    EXPECT_EQ(student_test_p(std::vector{1.0, 1.0}, std::vector{2.0, 2.0}), 0);
}

TEST(BestSplit, IsWhereTwentyPointsHalve)
{
    const std::vector<double> series{1.02, 0.95, 0.99, 1.00, 1.12, 1.00, 1.01, 0.98, 1.01, 0.92,
                                     0.50, 0.51, 0.48, 0.48, 0.55, 0.50, 0.49, 0.51, 0.50, 0.48};
    EXPECT_EQ(best_split(series), 10U);
    const auto changes = detect_changes(series, {});
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].index, 10U);
    EXPECT_NEAR(changes[0].before, 1.00, 1e-9);
    EXPECT_NEAR(changes[0].after, 0.50, 1e-9);
}

TEST(BestSplit, NeedsTwoValuesOnEachSide)
{
    EXPECT_EQ(best_split(std::vector{1.0, 1.0, 2.0}), std::nullopt);
    EXPECT_EQ(best_split(std::vector{1.0, 1.0, 2.0, 2.0}), 2U);
}

using Draw = std::function<std::vector<double>(std::mt19937_64&)>;

Draw normal(std::size_t n)
{
    return [n](std::mt19937_64& random) {
        std::normal_distribution<double> draw;
        std::vector<double> x(n);
        std::generate(x.begin(), x.end(), [&] { return draw(random); });
        return x;
    };
}

std::vector<double> lognormal(std::mt19937_64& random)
{
    auto x = normal(60)(random);
    std::transform(x.begin(), x.end(), x.begin(), [](double v) { return std::exp(v); });
    return x;
}

std::vector<double> autoregressive(std::mt19937_64& random)
{
    std::normal_distribution<double> draw;
    std::vector<double> x(60);
    double last = draw(random) / std::sqrt(0.75);
    for (double& v : x) {
        last = 0.5 * last + draw(random);
        v = last;
    }
    return x;
}

constexpr int series_drawn = 1500;

/// Share of series whose best split has p below each of 1e-2 ... 1e-5.
std::array<double, 4> alarms(const Draw& draw)
{
    std::mt19937_64 random(2026);
    std::array<double, 4> share{};
    for (int i = 0; i < series_drawn; ++i) {
        const auto x = draw(random);
        const std::size_t at = best_split(x).value_or(0);
        const double p = student_test_p(std::span(x).first(at), std::span(x).subspan(at));
        double limit = 1e-2;
        for (double& s : share) {
            s += p < limit ? 1.0 / series_drawn : 0;
            limit /= 10;
        }
    }
    return share;
}

/// The published share is itself from 1,500 series: both have Monte Carlo error.
void expect_share(double found, double published, const char* what)
{
    const double floor = 1.0 / series_drawn;
    const double error = std::sqrt(2 * std::max(published, floor) * (1 - published) / series_drawn);
    EXPECT_NEAR(found, published, 3 * error) << what;
}

TEST(ChangePoints, FalseAlarmsOnCleanHistoriesAreThosePublished)
{
    const std::vector<std::tuple<const char*, Draw, std::array<double, 4>>> table{
        {"30 normal", normal(30), {0.10, 0.009, 0.0005, 0.0005}},
        {"60 normal", normal(60), {0.12, 0.016, 0.003, 0.0007}},
        {"60 lognormal", lognormal, {0.13, 0.050, 0.026, 0.013}},
        {"60 AR(1) 0.5", autoregressive, {0.63, 0.34, 0.15, 0.06}}};
    for (const auto& [what, draw, published] : table) {
        const auto found = alarms(draw);
        for (std::size_t i = 0; i < found.size(); ++i) {
            expect_share(found[i], published[i], what);
        }
    }
}

TEST(ChangePoints, PowerAfterThirtyNightsIsThatPublished)
{
    struct Row {
        double sigmas;
        std::size_t nights;
        double power;
    };
    for (const Row& row :
         {Row{2, 5, 0.44}, Row{2, 7, 0.72}, Row{3, 2, 0.38}, Row{3, 3, 0.73}, Row{3, 5, 0.94}, Row{5, 2, 0.98}}) {
        std::mt19937_64 random(7);
        int found = 0;
        int near = 0;
        for (int i = 0; i < series_drawn; ++i) {
            auto x = normal(30 + row.nights)(random);
            std::for_each(x.begin() + 30, x.end(), [&](double& v) { v += row.sigmas; });
            const std::size_t at = best_split(x).value_or(0);
            if (student_test_p(std::span(x).first(at), std::span(x).subspan(at)) < 1e-4) {
                ++found;
                near += at >= 29 && at <= 31 ? 1 : 0;
            }
        }
        expect_share(static_cast<double>(found) / series_drawn, row.power, "power");
        EXPECT_GE(near, 0.84 * found) << row.sigmas;
    }
}

TEST(ChangePoints, OfALongSeriesAreFoundInWindows)
{
    std::mt19937_64 random(3);
    auto x = normal(1000)(random);
    std::for_each(x.begin() + 300, x.begin() + 640, [](double& v) { v += 6; });
    const auto changes = detect_changes(x, {.max_p = 1e-6});
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_NEAR(static_cast<double>(changes[0].index), 300, 1);
    EXPECT_NEAR(static_cast<double>(changes[1].index), 640, 1);
}

/// Nightly runs of one case; `medians` in seconds, intervals of 1 %.
RunIndex nights(const std::vector<double>& medians, const std::string& where = "h0")
{
    RunIndex index;
    for (std::size_t i = 0; i < medians.size(); ++i) {
        IndexedRun run;
        run.file = fmt::format("night{}.h5", i);
        run.started_unix_s = 1767225600.0 + 86400.0 * static_cast<double>(i);  // from 2026-01-01
        run.where = where;
        run.cases = {{"allreduce 8 B", medians[i], medians[i] * 0.99, medians[i] * 1.01}};
        index.runs.push_back(run);
    }
    return index;
}

/// `count` nights around `center`, 0.5 % up and down.
std::vector<double> around(double center, std::size_t count)
{
    std::vector<double> medians;
    for (std::size_t i = 0; i < count; ++i) {
        medians.push_back(center * (i % 2 == 0 ? 1.005 : 0.995));
    }
    return medians;
}

std::vector<double> joined(std::vector<double> a, const std::vector<double>& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

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
    EXPECT_EQ(past.events[0].kind, TrendKind::earlier);
    EXPECT_EQ(past.verdict, Verdict::pass);
}

/// Twenty nights at 1 ms, ten at `then` and ten at `last`, in ms: changes on 2026-01-21 and 2026-01-31.
RunIndex two_changes(double then, double last)
{
    return nights(joined(joined(around(1e-3, 20), around(then * 1e-3, 10)), around(last * 1e-3, 10)));
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

TEST(Standing, FollowsWhatIsAcceptedAndWhatGotFaster)
{
    const auto change = [](std::size_t index, double before, double after) {
        return ChangePoint{.index = index, .p_value = 0, .before = before, .after = after, .spread_before = 0.01};
    };
    const ChangeRule rule{.max_p = 1e-4, .min_magnitude = 0.5, .min_spreads = 2};
    struct Row {
        std::vector<ChangePoint> changes;
        std::vector<bool> accepted;
        double level;
        std::optional<std::size_t> above_since;
    };
    const std::vector<Row> rows{
        {{change(5, 10, 12)}, {false}, 10, 0U},
        {{change(5, 10, 12)}, {true}, 12, std::nullopt},
        {{change(5, 10, 8)}, {false}, 8, std::nullopt},
        {{change(5, 10, 12), change(9, 12, 11)}, {false, false}, 10, 0U},
        {{change(5, 10, 12), change(9, 12, 10.4)}, {false, false}, 10, std::nullopt},
        {{change(5, 10, 12), change(9, 12, 13)}, {false, false}, 10, 0U},
        {{change(5, 10, 12), change(9, 12, 13)}, {false, true}, 11, 0U},
        {{change(5, 10, 12), change(9, 12, 13)}, {true, false}, 12, 1U},
        {{change(5, 10, 12), change(9, 12, 11)}, {true, false}, 11, std::nullopt},
        {{change(5, 10, 12), change(9, 12, 11)}, {false, true}, 10, 0U},  // nobody accepts a gain
        {{change(5, 10, 8), change(9, 8, 9)}, {false, false}, 8, 1U},
        {{change(5, 10, 12), change(9, 12, 10), change(12, 10, 11)}, {false, false, false}, 10, 2U},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto standing = standing_after(rows[i].changes, rows[i].accepted, rule);
        ASSERT_TRUE(standing);
        EXPECT_EQ(standing->level, rows[i].level) << "row " << i;
        EXPECT_EQ(standing->above_since, rows[i].above_since) << "row " << i;
    }
    EXPECT_FALSE(standing_after({}, {}, rule));
}

TEST(Standing, IsAboveOnlyByMoreThanWhatWasAcceptedScatters)
{
    ChangePoint up{.index = 5, .p_value = 0, .before = 10, .after = 14, .spread_before = 1};
    const ChangePoint down{.index = 9, .p_value = 0, .before = 14, .after = 11, .spread_before = 0.1};
    const ChangeRule rule{.max_p = 1e-4, .min_magnitude = 0.5, .min_spreads = 2};
    EXPECT_FALSE(standing_after(std::vector{up, down}, {false, false}, rule)->above_since);
    up.spread_before = 0.1;
    EXPECT_EQ(standing_after(std::vector{up, down}, {false, false}, rule)->above_since, 0U);
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

/// Leaves a case out of the runs from `first` to before `end`.
void leave_out(RunIndex& index, const std::string& key, std::size_t first, std::size_t end, const std::string& why)
{
    for (std::size_t i = first; i < end; ++i) {
        std::erase_if(index.runs[i].cases, [&](const IndexedCase& c) { return c.key == key; });
        if (!why.empty()) {
            index.runs[i].gaps.push_back({key, why});
        }
    }
}

/// Ten nights of two cases; "other" is measured in the first seven.
RunIndex one_goes_missing(const std::string& why = "")
{
    RunIndex index = nights(around(1e-3, 10));
    for (IndexedRun& run : index.runs) {
        run.cases.push_back({"other", 2e-3, 2e-3, 2e-3});
    }
    leave_out(index, "other", 7, 10, why);
    return index;
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

TEST(HistoryFormats, HostileNamesStayText)
{
    RunIndex index = nights(joined(around(1e-3, 20), around(1.1e-3, 5)), "h\"0\\<b>\n");
    const Trends trends = find_trends(index, {}, {});
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("classname=\"h&quot;0\\&lt;b&gt; \""));
    EXPECT_THAT(junit, HasSubstr("failures=\"1\""));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, HasSubstr("plumbline_slower{case=\"allreduce 8 B\",hosts=\"h\\\"0\\\\<b> \"} 1\n"));
}

TEST(HistoryFormats, SayWhatIsMissingAndShowNoOldTimeAsTheLast)
{
    const RunIndex index = one_goes_missing("failed: wrong data");
    const Trends trends = find_trends(index, {}, {});
    const std::string text = written(history_text, index, trends);
    EXPECT_THAT(text, HasSubstr("missing      other\n             last 2.00 ms, in 7 runs; not measured since "
                                "2026-01-08 (night7.h5), 3 runs; failed: wrong data\nverdict: NOT_MEASURED\n"));
    const std::string json = written(history_json, index, trends);
    const auto event = nlohmann::json::parse(json)["events"][0];
    EXPECT_EQ(event["kind"], "missing");
    EXPECT_TRUE(event["after_s"].is_null() && event["change"].is_null() && event["p_value"].is_null());
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"0\""));
    EXPECT_THAT(junit, HasSubstr("name=\"other\"><error type=\"NOT_MEASURED\" message=\"missing: last 2.00 ms"));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, Not(HasSubstr("plumbline_median_seconds{case=\"other\"")));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_median_seconds{case=\"allreduce 8 B\",hosts=\"h0\"} 0.000995\n"));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_missing{case=\"other\",hosts=\"h0\"} 1\n"));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_missing{case=\"allreduce 8 B\",hosts=\"h0\"} 0\n"));
}

TEST(HistoryFormats, WatchNoCaseThatWasGivenUp)
{
    const RunIndex index = one_goes_missing();
    const Trends trends = find_trends(index, parse_accepted("2026-01-08 acknowledge other no use\n", "a.txt"), {});
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("errors=\"0\" skipped=\"1\""));
    EXPECT_THAT(junit, HasSubstr("<skipped message=\"acknowledged: last 2.00 ms, in 7 runs; not measured since"));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, Not(HasSubstr("other")));
}

TEST(HistoryFormats, ShowASeriesThatIsTooShortAsNoPass)
{
    const RunIndex index = nights(around(1e-3, 3));
    const std::string junit = written(history_junit, index, find_trends(index, {}, {}));
    EXPECT_THAT(junit, HasSubstr("<error type=\"NOT_MEASURED\" message=\"too short to show a change: 3 of 4 runs"));
}

TEST(HistoryFormats, SaySinceWhichChangeACaseIsSlower)
{
    const RunIndex index = two_changes(1.2, 1.15);
    const Trends trends = find_trends(index, {}, {});
    const std::string text = written(history_text, index, trends);
    EXPECT_THAT(text, HasSubstr("1.00 ms -> 1.15 ms (+15.0 %) since 2026-01-21 (night20.h5); 20 before, 20 since, p < "
                                "1e-12; 1.20 ms right after it\n"));
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("<failure type=\"FAIL\" message=\"slower: 1.00 ms -&gt; 1.15 ms (+15.0 %) since "
                                 "2026-01-21\">"));
}

TEST(HistoryPage, ShowsWhatIsMissing)
{
    const RunIndex index = one_goes_missing();
    const auto page =
        nlohmann::json::parse(report::history_data(index, find_trends(index, {}, {}), report::Language::en));
    EXPECT_EQ(page["events"][0]["kind"], "missing");
    EXPECT_EQ(page["series"][1]["case"], "other");
    EXPECT_EQ(page["events"][0]["series"], 1);
    EXPECT_TRUE(page["events"][0]["after_s"].is_null());
}

TEST(HistoryPage, HasTheNewestTwoHundredRunsAndNoNameThatIsMarkup)
{
    const std::string hostile = "</script><script>alert(1)</script>";
    const RunIndex index = nights(joined(around(1e-3, 230), around(1.1e-3, 10)), hostile);
    const Trends trends = find_trends(index, {}, {});
    const std::string data = report::history_data(index, trends, report::Language::zh);
    const auto page = nlohmann::json::parse(data);
    EXPECT_EQ(page["all_runs"], 240);
    EXPECT_EQ(page["runs"].size(), 200U);
    EXPECT_EQ(page["runs"][0]["file"], "night40.h5");
    EXPECT_EQ(page["series"][0]["points"].size(), 200U);
    EXPECT_EQ(page["series"][0]["points"][0], nlohmann::json({0, 1.005e-3, 9.9495e-4, 1.01505e-3}));
    EXPECT_EQ(page["events"][0]["kind"], "slower");
    EXPECT_EQ(page["events"][0]["series"], 0);
    EXPECT_EQ(page["language"], "zh");
    EXPECT_THAT(report::html_page(report::Language::zh, "x", data), Not(HasSubstr("<script>alert")));
}

}  // namespace
}  // namespace plumbline
