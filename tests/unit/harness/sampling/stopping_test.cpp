// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/stopping.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace plumbline {
namespace {

StoppingCriterion rule(int min_samples, int max_samples, double relative_ci = 0.02, double max_seconds = 1)
{
    StoppingCriterion made;
    made.min_samples = min_samples;
    made.max_samples = max_samples;
    made.relative_ci = relative_ci;
    made.max_seconds = max_seconds;
    return made;
}

TEST(Stopping, looks_on_a_geometric_schedule_that_ends_at_the_cap)
{
    const StoppingCriterion r = rule(10, 100);
    EXPECT_EQ(next_checkpoint(r, 0), 10U);
    EXPECT_EQ(next_checkpoint(r, 9), 10U);
    EXPECT_EQ(next_checkpoint(r, 10), 20U);
    EXPECT_EQ(next_checkpoint(r, 20), 40U);
    EXPECT_EQ(next_checkpoint(r, 79), 80U);
    EXPECT_EQ(next_checkpoint(r, 80), 100U);
    EXPECT_EQ(next_checkpoint(r, 100), 100U);
}

TEST(Stopping, equal_samples_converge_at_the_first_checkpoint_and_not_before)
{
    const StoppingCriterion r = rule(10, 100);
    EXPECT_EQ(stop_decision(r, std::vector<double>(9, 1e-6), 0), std::nullopt);
    EXPECT_EQ(stop_decision(r, std::vector<double>(10, 1e-6), 0), StopReason::converged);
    EXPECT_EQ(stop_decision(r, std::vector<double>(11, 1e-6), 0), std::nullopt) << "11 is no checkpoint";
    EXPECT_EQ(stop_decision(r, std::vector<double>(20, 1e-6), 0), StopReason::converged);
}

TEST(Stopping, converges_when_the_half_width_is_exactly_the_bound)
{
    // 95 % interval of 10 samples: 2nd and 9th. Half width (1.02 - 0.98) / 2 = 0.02 of the median 1.
    std::vector<double> samples{0.9, 0.98, 1, 1, 1, 1, 1, 1, 1.02, 1.2};
    EXPECT_EQ(stop_decision(rule(10, 100, 0.0200001), samples, 0), StopReason::converged);
    EXPECT_EQ(stop_decision(rule(10, 100, 0.0199999), samples, 0), std::nullopt);
}

TEST(Stopping, time_ends_a_case_between_checkpoints_and_the_cap_ends_it_always)
{
    const std::vector<double> wild{1, 2, 1, 2, 1, 2, 1};
    EXPECT_EQ(stop_decision(rule(10, 100), wild, 0.99), std::nullopt);
    EXPECT_EQ(stop_decision(rule(10, 100), wild, 1.0), StopReason::budget);
    EXPECT_EQ(stop_decision(rule(5, 7), wild, 0.1), StopReason::cap);
    EXPECT_EQ(stop_decision(rule(10, 100), {}, 5.0), std::nullopt) << "a case has at least one sample";
}

TEST(Stopping, a_chunk_goes_to_the_checkpoint_or_as_far_as_the_slice)
{
    const StoppingCriterion r = rule(10, 100);
    EXPECT_EQ(next_chunk(r, 0, 0, 0.1), 10U);
    EXPECT_EQ(next_chunk(r, 10, 1e-6, 0.1), 10U);
    EXPECT_EQ(next_chunk(r, 40, 0.02, 0.1), 5U);
    EXPECT_EQ(next_chunk(r, 40, 3.0, 0.1), 1U);
}

}  // namespace
}  // namespace plumbline
