// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/change_points.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <random>
#include <vector>

namespace plumbline {
namespace {

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

using DrawSeries = std::function<std::vector<double>(std::mt19937_64&)>;

DrawSeries normal(std::size_t n)
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
std::array<double, 4> alarms(const DrawSeries& draw)
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
    const std::vector<std::tuple<const char*, DrawSeries, std::array<double, 4>>> table{
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

}  // namespace
}  // namespace plumbline
