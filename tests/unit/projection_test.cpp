#include "results/projection.hpp"

#include "collectives/hash.hpp"
#include "results/linear_fit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <numbers>
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

/// Step time of a made-up cluster: compute, and what communication adds.
double true_seconds(int kind, double n, const std::vector<double>& c)
{
    switch (kind) {
        case 0:
            return c[0] + c[1] * std::log2(n);
        case 1:
            return c[0] + c[2] * n;
        case 2:
            return 0.1 * c[0] + c[3] / n + 0.2 * c[1] * std::log2(n);
        default:
            return c[0] + c[1] * std::log2(n) + c[2] * n + 0.2 * c[3] / n;
    }
}

TEST(Projection, covers_at_least_93_of_100_made_up_clusters_at_a_nominal_95_percent)
{
    constexpr double noise = 0.01;
    int covered = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        Draw draw(seed);
        const std::vector<double> c{draw.between(0.3, 1), draw.between(0, 0.05), draw.between(0, 0.0006),
                                    draw.between(0, 40)};
        const int kind = static_cast<int>(seed % 4);
        std::vector<ScalePoint> points;
        for (const double n : {8.0, 16.0, 32.0, 64.0, 128.0, 256.0}) {
            points.push_back({n, true_seconds(kind, n, c) * (1 + noise * draw.normal()), 1.96 * noise});
        }
        const auto got = project_time(points, 1024, 0.95);
        const double truth = true_seconds(kind, 1024, c);
        covered += got && got->interval.low <= truth && truth <= got->interval.high ? 1 : 0;
    }
    EXPECT_GE(covered, 93);
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
