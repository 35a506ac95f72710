// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/stability.hpp"

#include <gtest/gtest.h>
#include <cmath>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

/// A small repeating scatter of +-1 % that has no order of its own.
double scatter(std::size_t i)
{
    return 1 + 0.01 * (static_cast<double>((i * 7919) % 101) / 50 - 1);
}

std::vector<double> times_of(std::size_t count, double (*level)(std::size_t))
{
    std::vector<double> times;
    for (std::size_t i = 0; i < count; ++i) {
        times.push_back(1e-6 * level(i) * scatter(i));
    }
    return times;
}

TEST(Stability, correlation_with_the_next_value_is_worked_by_hand)
{
    // Mean 2; deviations -1, 0, 1: products (-1)(0) + (0)(1) = 0; squares 2.
    EXPECT_DOUBLE_EQ(lag1_autocorrelation(std::vector<double>{1, 2, 3}).value(), 0.0);
    // Deviations 1, -1, 1, -1: products -3, squares 4.
    EXPECT_DOUBLE_EQ(lag1_autocorrelation(std::vector<double>{2, 0, 2, 0}).value(), -0.75);
    // Deviations -1, -1, 1, 1: products 1 - 1 + 1 = 1, squares 4.
    EXPECT_DOUBLE_EQ(lag1_autocorrelation(std::vector<double>{0, 0, 2, 2}).value(), 0.25);
    EXPECT_FALSE(lag1_autocorrelation(std::vector<double>{1, 2}));
    EXPECT_FALSE(lag1_autocorrelation(std::vector<double>{3, 3, 3, 3}));
}

TEST(Stability, half_ratio_compares_the_medians_of_the_halves)
{
    EXPECT_DOUBLE_EQ(half_ratio(std::vector<double>{1, 1, 3, 3}).value(), 3.0);
    EXPECT_DOUBLE_EQ(half_ratio(std::vector<double>{2, 2, 1, 1, 1}).value(), 0.5);
    EXPECT_FALSE(half_ratio(std::vector<double>{1, 1, 1}));
    EXPECT_FALSE(half_ratio(std::vector<double>{0, 0, 1, 1}));
}

TEST(Stability, quiet_samples_and_few_samples_are_stable)
{
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t) { return 1.0; })), Instability::none);
    EXPECT_EQ(find_instability(times_of(19, [](std::size_t i) { return i < 10 ? 1.0 : 3.0; })), Instability::none);
    EXPECT_EQ(find_instability(std::vector<double>(50, 1e-6)), Instability::none);
    EXPECT_EQ(find_instability({}), Instability::none);
}

TEST(Stability, names_the_planted_cause)
{
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i < 100 ? 1.0 : 1.2; })), Instability::drift);
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i < 100 ? 1.0 : 0.8; })), Instability::drift);
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i % 2 == 0 ? 1.0 : 2.4; })),
              Instability::bimodal);
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i % 100 >= 90 && i % 100 < 98 ? 5.0 : 1.0; })),
              Instability::bursts);
}

TEST(Stability, a_change_below_a_tenth_or_single_slow_samples_are_no_instability)
{
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i < 100 ? 1.0 : 1.08; })), Instability::none);
    EXPECT_EQ(find_instability(times_of(200, [](std::size_t i) { return i % 25 == 24 ? 5.0 : 1.0; })),
              Instability::none)
        << "4 % slow ones, each alone";
}

TEST(Stability, names_are_read_back)
{
    for (const Instability each : {Instability::none, Instability::drift, Instability::bimodal, Instability::bursts}) {
        EXPECT_EQ(parse_instability(name(each)), each);
    }
    EXPECT_EQ(parse_instability("wobble"), std::nullopt);
}

}  // namespace
}  // namespace plumbline
