// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <random>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

std::vector<double> one_to(std::size_t n)
{
    std::vector<double> values(n);
    std::iota(values.begin(), values.end(), 1.0);
    return values;
}

/// sum_{i=k}^{n-k} C(n,i) / 2^n with exact integers: n up to 60.
double verification(std::size_t n, std::size_t k)
{
    std::uint64_t binomial = 1;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i <= n; ++i) {
        sum += i >= k && i <= n - k ? binomial : 0;
        binomial = binomial * (n - i) / (i + 1);
    }
    return static_cast<double>(sum) / std::ldexp(1.0, static_cast<int>(n));
}

TEST(MedianInterval, ranks_are_those_of_the_exact_binomial_table)
{
    struct Row {
        std::size_t n;
        std::optional<OrderRanks> at95;
        std::optional<OrderRanks> at99;
    };
    const std::vector<Row> table{
        {5, std::nullopt, std::nullopt},
        {6, OrderRanks{1, 6}, std::nullopt},
        {8, OrderRanks{1, 8}, OrderRanks{1, 8}},
        {9, OrderRanks{2, 8}, OrderRanks{1, 9}},
        {10, OrderRanks{2, 9}, OrderRanks{1, 10}},
        {15, OrderRanks{4, 12}, OrderRanks{3, 13}},
        {20, OrderRanks{6, 15}, OrderRanks{4, 17}},
        {30, OrderRanks{10, 21}, OrderRanks{8, 23}},
        {50, OrderRanks{18, 33}, OrderRanks{16, 35}},
        {100, OrderRanks{40, 61}, OrderRanks{37, 64}},
    };
    for (const Row& row : table) {
        EXPECT_EQ(median_interval_ranks(row.n, 0.95), row.at95) << row.n;
        EXPECT_EQ(median_interval_ranks(row.n, 0.99), row.at99) << row.n;
    }
}

TEST(MedianInterval, is_the_narrowest_that_covers_by_exact_integers)
{
    for (std::size_t n = 0; n <= 60; ++n) {
        for (const double confidence : {0.5, 0.9, 0.95, 0.975, 0.99, 0.999}) {
            std::size_t widest = 0;
            for (std::size_t k = 1; 2 * k <= n && verification(n, k) >= confidence; ++k) {
                widest = k;
            }
            const auto ranks = median_interval_ranks(n, confidence);
            ASSERT_EQ(ranks.has_value(), widest > 0) << n << " " << confidence;
            if (ranks) {
                EXPECT_EQ(*ranks, (OrderRanks{widest, n - widest + 1})) << n << " " << confidence;
            }
        }
    }
}

TEST(MedianInterval, a_coverage_equal_to_the_confidence_is_enough)
{
    EXPECT_EQ(median_interval_ranks(4, 0.875), (OrderRanks{1, 4}));
    EXPECT_EQ(median_interval_ranks(6, 0.96875), (OrderRanks{1, 6}));
}

TEST(MedianInterval, agrees_with_the_normal_approximation_for_large_counts)
{
    for (const std::size_t n : {std::size_t{401}, std::size_t{10'000}, std::size_t{1'000'000}}) {
        const auto ranks = median_interval_ranks(n, 0.95);
        ASSERT_TRUE(ranks);
        const double size = static_cast<double>(n);
        EXPECT_NEAR(static_cast<double>(ranks->low), (size - 1.959964 * std::sqrt(size)) / 2, 1.5) << n;
        EXPECT_EQ(ranks->low + ranks->high, n + 1);
    }
}

TEST(MedianInterval, a_confidence_outside_0_to_1_is_our_own_error)
{
    for (const double confidence : {0.0, 1.0, -0.5, 95.0, std::nan("")}) {
        EXPECT_THROW(median_interval_ranks(10, confidence), std::logic_error) << confidence;
    }
}

TEST(MedianInterval, takes_order_statistics_of_unsorted_values)
{
    const std::vector<double> values{9, 1, 5, 3, 10, 7, 2, 8, 4, 6};
    EXPECT_EQ(median_interval(values, 0.95), (Interval{2, 9}));
    EXPECT_EQ(median_interval(one_to(5), 0.95), std::nullopt);
    EXPECT_EQ(median_interval({}, 0.95), std::nullopt);
}

TEST(MedianInterval, covers_the_true_median_as_often_as_it_says)
{
    // Exponential, median ln 2; 2000 draws of 20: the exact coverage is 95.9 %, 4 standard deviations are 1.8 %.
    std::mt19937_64 random(7);
    int covered = 0;
    for (int repetition = 0; repetition < 2000; ++repetition) {
        std::vector<double> values(20);
        for (double& v : values) {
            v = -std::log((static_cast<double>(random() >> 11) + 0.5) / 9007199254740992.0);
        }
        const Interval interval = median_interval(values, 0.95).value();
        covered += interval.low <= std::log(2.0) && std::log(2.0) <= interval.high ? 1 : 0;
    }
    EXPECT_NEAR(covered / 2000.0, 0.9586, 0.018);
}

TEST(Median, is_the_middle_value_or_the_mean_of_two)
{
    EXPECT_EQ(median({}), std::nullopt);
    EXPECT_EQ(median(std::vector{4.0}), 4.0);
    EXPECT_EQ(median(std::vector{3.0, 1.0}), 2.0);
    EXPECT_EQ(median(std::vector{9.0, 1.0, 5.0}), 5.0);
    EXPECT_EQ(median(std::vector{8.0, 1.0, 2.0, 4.0}), 3.0);
}

TEST(Percentile, needs_the_published_numbers_of_samples)
{
    EXPECT_EQ(samples_for_percentile(0.99), 299U);
    EXPECT_EQ(samples_for_percentile(0.95), 59U);
    EXPECT_EQ(samples_for_percentile(0.90), 29U);
}

TEST(Percentile, is_absent_below_that_number_and_nearest_rank_from_it_on)
{
    EXPECT_EQ(percentile(one_to(58), 0.95), std::nullopt);
    // 0.99^367 > 0.025 >= 0.99^368; below rank 360 of 368 lie at most 2.5 % of the binomial of 368 and 0.99.
    EXPECT_EQ(samples_for_quantile_interval(0.99, 0.95), 368U);
    EXPECT_EQ(quantile_interval_ranks(367, 0.99, 0.95), std::nullopt);
    EXPECT_EQ(quantile_interval_ranks(368, 0.99, 0.95), (OrderRanks{.low = 360, .high = 368}));
    EXPECT_EQ(quantile_interval(one_to(368), 0.99, 0.95), (Interval{.low = 360, .high = 368}));
    EXPECT_EQ(quantile_interval_ranks(6, 0.5, 0.95), median_interval_ranks(6, 0.95)) << "a median is a quantile";
    EXPECT_EQ(percentile(one_to(59), 0.95), 57.0);  // ceil(56.05)
    EXPECT_EQ(percentile(one_to(100), 0.95), 95.0);
    EXPECT_EQ(percentile(one_to(298), 0.99), std::nullopt);
    EXPECT_EQ(percentile(one_to(299), 0.99), 297.0);  // ceil(296.01)
    EXPECT_EQ(percentile(one_to(1000), 0.99), 990.0);
    EXPECT_EQ(percentile({}, 0.95), std::nullopt);
}

TEST(RatioInterval, divides_opposite_ends_of_both_intervals)
{
    // At 97.5 % each, n = 10 gives ranks 2 and 9 (97.9 %).
    const auto a = one_to(10);
    std::vector<double> b = one_to(10);
    std::transform(b.begin(), b.end(), b.begin(), [](double v) { return v + 10; });
    const auto ratio = median_ratio_interval(a, b, 0.95);
    ASSERT_TRUE(ratio);
    EXPECT_DOUBLE_EQ(ratio->low, 2.0 / 19.0);
    EXPECT_DOUBLE_EQ(ratio->high, 9.0 / 12.0);
}

TEST(RatioInterval, needs_seven_samples_on_both_sides)
{
    EXPECT_EQ(median_ratio_interval(one_to(6), one_to(10), 0.95), std::nullopt);
    EXPECT_EQ(median_ratio_interval(one_to(10), one_to(6), 0.95), std::nullopt);
    EXPECT_EQ(median_ratio_interval(one_to(7), one_to(7), 0.95), (Interval{1.0 / 7.0, 7.0}));
}

TEST(RatioInterval, is_absent_when_the_divisor_touches_zero)
{
    std::vector<double> with_zero = one_to(7);
    with_zero.front() = 0;
    EXPECT_EQ(median_ratio_interval(one_to(7), with_zero, 0.95), std::nullopt);
    EXPECT_TRUE(median_ratio_interval(with_zero, one_to(7), 0.95));
}

}  // namespace
}  // namespace plumbline
