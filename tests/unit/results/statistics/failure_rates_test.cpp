// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/failure_rates.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace plumbline {
namespace {

constexpr double day = 86'400;

TEST(FailureRates, BoundsOfFewFailuresAreThoseOfTheTables)
{
    // 95 % lower bounds: T/3.00, T/4.74, T/6.30, T/7.75.
    EXPECT_NEAR(1 / mtbf_at_least(1, 0, 0.95), 3.00, 0.005);
    EXPECT_NEAR(1 / mtbf_at_least(1, 1, 0.95), 4.74, 0.005);
    EXPECT_NEAR(1 / mtbf_at_least(1, 2, 0.95), 6.30, 0.005);
    EXPECT_NEAR(1 / mtbf_at_least(1, 3, 0.95), 7.75, 0.005);
    EXPECT_NEAR(1 / mtbf_at_least(1, 0, 0.95), -std::log(0.05), 1e-12);
    EXPECT_TRUE(std::isinf(mtbf_at_most(1, 0, 0.95)));
}

TEST(FailureRates, ThirtyCleanDaysProveTenDays)
{
    EXPECT_GE(mtbf_at_least(30 * day, 0, 0.95), 10 * day);
    EXPECT_LT(mtbf_at_least(29.9 * day, 0, 0.95), 10 * day);
}

TEST(FailureRates, FiftyNineValuesBoundP95)
{
    EXPECT_EQ(quantile_bounds(58, 0.95, 0.95).above, 0U);
    EXPECT_EQ(quantile_bounds(59, 0.95, 0.95).above, 59U);
    EXPECT_EQ(values_that_prove(0.95, 0.95, 0), 59U);
    EXPECT_EQ(values_that_prove(0.95, 0.95, 1), 93U);
    EXPECT_EQ(values_that_prove(0.95, 0.95, 2), 124U);
    EXPECT_EQ(values_that_prove(0.99, 0.95, 0), 299U);
    EXPECT_EQ(quantile_bounds(93, 0.95, 0.95).above, 92U);
}

TEST(FailureRates, MetasFormulaGivesTheWorkedValues)
{
    // 1,536 nodes at 6.5 failures a 1000 node-days: MTTF 2.40 h.
    const double rate = 1536 * 6.5e-3 / day;
    EXPECT_NEAR(1 / rate / 3600, 2.40, 0.005);
    EXPECT_NEAR(24 / (2048 * 6.5e-3), 1.803, 0.0005);
    const EffectiveTimeModel model{
        .failures_per_s = rate, .restart_s = 1800, .checkpoint_every_s = 600, .checkpoint_s = 20};
    EXPECT_NEAR(expected_effective_time(model).value(), 0.733, 0.0005);
    EffectiveTimeModel rarer = model;
    rarer.checkpoint_every_s = 1800;
    EXPECT_NEAR(expected_effective_time(rarer).value(), 0.680, 0.0005);
    rarer.restart_s = 86'400;
    EXPECT_FALSE(expected_effective_time(rarer));
    EXPECT_NEAR(best_checkpoint_interval_s(20, 8640), std::sqrt(2 * 20 * 8640) - 20, 1e-9);
}

}  // namespace
}  // namespace plumbline
