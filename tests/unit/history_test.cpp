#include "results/history/trends.hpp"

#include "collectives/error.hpp"
#include "results/history/show_history.hpp"
#include "results/report/history_data.hpp"
#include "results/report/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <random>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// Critical values of Student's t, two-sided.
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
    EXPECT_NEAR(event.change, 0.1, 0.002);
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
    EXPECT_NEAR(confirmed.events[0].change, 0.1, 1e-9);
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
    std::ostringstream junit;
    history_junit(junit, index, trends);
    EXPECT_THAT(junit.str(), HasSubstr("classname=\"h&quot;0\\&lt;b&gt; \""));
    EXPECT_THAT(junit.str(), HasSubstr("failures=\"1\""));
    std::ostringstream prometheus;
    history_prometheus(prometheus, index, trends);
    EXPECT_THAT(prometheus.str(), HasSubstr("plumbline_slower{case=\"allreduce 8 B\",hosts=\"h\\\"0\\\\<b> \"} 1\n"));
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
    EXPECT_THAT(report::html_page(report::Language::zh, "x", data), ::testing::Not(HasSubstr("<script>alert")));
}

}  // namespace
}  // namespace plumbline
