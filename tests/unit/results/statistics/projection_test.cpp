// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/projection.hpp"

#include "collectives/util/hash.hpp"
#include "results/statistics/linear_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

namespace plumbline {
namespace {

/// Seeded numbers that are the same everywhere.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : seed_(seed) {}
    double between(double low, double high) { return low + (high - low) * unit(); }
    double normal() { return std::sqrt(-2 * std::log(unit())) * std::cos(2 * std::numbers::pi * unit()); }

private:
    double unit() { return (static_cast<double>(hashed(seed_, next_++) >> 11U) + 1) * 0x1p-53; }
    std::uint64_t seed_;
    std::uint64_t next_ = 0;
};

TEST(LinearFit, non_negative_least_squares_finds_the_constrained_optimum)
{
    // x = 3, y = 2 exactly.
    const auto exact = non_negative_least_squares({{{1, 1}, {1, 2}, {1, 3}}, {5, 7, 9}});
    EXPECT_NEAR(exact[0], 3, 1e-12);
    EXPECT_NEAR(exact[1], 2, 1e-12);
    // Without the constraint y would be -1; with it x is the mean.
    const auto bound = non_negative_least_squares({{{1, 1}, {1, 2}, {1, 3}}, {3, 2, 1}});
    EXPECT_NEAR(bound[0], 2, 1e-12);
    EXPECT_EQ(bound[1], 0);
}

TEST(LinearFit, normal_quantile_is_that_of_the_tables)
{
    EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
    EXPECT_NEAR(normal_quantile(0.5), 0, 1e-9);
}

TEST(Projection, contains_the_published_fourth_scale_of_each_series)
{
    struct Row {
        std::vector<ScalePoint> points;
        double ranks;
        double seconds;
    };
    const std::vector<Row> rows{
        {{{3072, 23.66, 0.01}, {6144, 12.21, 0.01}, {8192, 9.56, 0.01}}, 12288, 6.34},
        {{{3072, 29.02, 0.01}, {6144, 14.78, 0.01}, {8192, 12.24, 0.01}}, 12288, 8.57},
        {{{256, 32.0, 0.01}, {512, 16.5, 0.01}, {768, 11.5, 0.01}}, 1024, 8.9},
        {{{256, 40.0, 0.01}, {512, 21.2, 0.01}, {768, 15.2, 0.01}}, 1024, 11.9},
    };
    for (const Row& row : rows) {
        const auto got = project_time(row.points, row.ranks, 0.95);
        ASSERT_TRUE(got);
        EXPECT_LE(got->interval.low, row.seconds);
        EXPECT_GE(got->interval.high, row.seconds);
        // An honest interval is not a useless one.
        EXPECT_GT(got->interval.low, 0.6 * row.seconds);
        EXPECT_LT(got->interval.high, 1.5 * row.seconds);
        EXPECT_NEAR(got->ratio, row.ranks / row.points.back().ranks, 1e-12);
        EXPECT_FALSE(got->forms.empty());
    }
}

/// How a made-up cluster's step time grows. None is a sum that the fitter has.
enum class Truth : std::uint8_t {
    tree,          ///< log2(n)^1.5
    hidden_ring,   ///< rises with n once it is longer than the compute that hides it
    stragglers,    ///< the largest of n normal deviates
    knee,          ///< congestion from a scale on that was measured: log2 n, and then six times as steep
    strong,        ///< fixed total work: 1/n, 1/sqrt(n), sqrt(n) and a constant at once
    knee_to_come,  ///< as knee, between the largest scale measured and 4 times that
};

struct MadeUp {
    Truth truth = Truth::tree;
    double scale_s = 1;
    double share = 0;
    double knee = 1;

    MadeUp(Truth kind, Draw& draw) : truth(kind), scale_s(draw.between(0.3, 1)), share(draw.between(0.1, 1))
    {
        const double place = draw.between(0, 1);
        knee = kind == Truth::knee_to_come  ? 256 * std::pow(4, place)
               : kind == Truth::hidden_ring ? 8 + 56 * place
                                            : 16 * std::pow(4, place);
    }

    double seconds(double n) const
    {
        switch (truth) {
            case Truth::tree:
                return scale_s * (1 + 0.04 * share * std::pow(std::log2(n), 1.5));
            case Truth::hidden_ring:
                return scale_s * (1 + std::max(0.0, 0.4 * share * (n - knee) / 1024));
            case Truth::stragglers:
                return scale_s * (1 + 0.1 * share * std::sqrt(2 * std::log(n)));
            case Truth::knee:
            case Truth::knee_to_come:
                return scale_s * (1 + share * (0.02 * std::log2(n) + 0.1 * std::max(0.0, std::log2(n / knee))));
            case Truth::strong:
                return scale_s * (20 / n + 0.2 / std::sqrt(n) + 0.002 * share * std::sqrt(n) + 0.02);
        }
        return 0;
    }
};

/// Of 100 clusters, those whose time at 1,024 ranks lies in the interval from points to 256. The seeds took no part in
/// the making of the fitter.
int covered_of_100(std::span<const Truth> truths, std::span<const double> scales, double noise, std::uint64_t seeds)
{
    int covered = 0;
    for (std::uint64_t i = 0; i < 100; ++i) {
        Draw draw(seeds + i);
        const MadeUp cluster(truths[i % truths.size()], draw);
        std::vector<ScalePoint> points;
        for (const double n : scales) {
            points.push_back({n, cluster.seconds(n) * (1 + noise * draw.normal()), 1.96 * noise});
        }
        const auto got = project_time(points, 1024, 0.95);
        const double truth = cluster.seconds(1024);
        covered += got && got->interval.low <= truth && truth <= got->interval.high ? 1 : 0;
    }
    return covered;
}

TEST(Projection, covers_at_least_93_of_100_clusters_of_kinds_that_it_does_not_know_at_a_nominal_95_percent)
{
    constexpr std::array truths{Truth::tree, Truth::hidden_ring, Truth::stragglers, Truth::knee, Truth::strong};
    constexpr std::array six{8.0, 16.0, 32.0, 64.0, 128.0, 256.0};
    constexpr std::array four{8.0, 32.0, 64.0, 256.0};
    std::uint64_t seeds = 20'000'000;
    for (const std::span<const double> scales : {std::span<const double>(six), std::span<const double>(four)}) {
        for (const double noise : {0.002, 0.01, 0.03}) {
            EXPECT_GE(covered_of_100(truths, scales, noise, seeds), 93) << scales.size() << " scales, noise " << noise;
            seeds += 1000;
        }
    }
}

TEST(Projection, covers_a_knee_that_is_still_to_come_within_four_times)
{
    constexpr std::array truths{Truth::knee_to_come};
    constexpr std::array scales{8.0, 16.0, 32.0, 64.0, 128.0, 256.0};
    EXPECT_GE(covered_of_100(truths, scales, 0.002, 30'000'000), 93);
}

TEST(Projection, of_an_exact_law_is_that_law)
{
    std::vector<ScalePoint> points;
    for (const double n : {8.0, 16.0, 32.0, 64.0, 128.0}) {
        points.push_back({n, 0.5 + 0.01 * std::log2(n), 0});
    }
    const auto got = project_time(points, 512, 0.95);
    ASSERT_TRUE(got);
    EXPECT_NEAR(got->seconds, 0.5 + 0.01 * 9, 1e-6);
    EXPECT_THAT(got->forms.front().formula, testing::HasSubstr("log2"));
}

TEST(Projection, needs_three_scales)
{
    EXPECT_EQ(project_time(std::vector<ScalePoint>{{8, 1, 0}, {16, 1.1, 0}}, 64, 0.95), std::nullopt);
}

}  // namespace
}  // namespace plumbline
