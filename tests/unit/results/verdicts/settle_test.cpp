// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/settle.hpp"

#include "results/records/metric.hpp"
#include "results/records/round.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

/// busbw of [low, high] GB/s, at least 10 wanted.
Finding busbw(double estimate, double low, double high, int ranks = 8)
{
    Finding finding;
    finding.target = "wire";
    finding.metric = Metric::busbw;
    finding.at = "allreduce";
    finding.ranks = ranks;
    finding.at_least = 10;
    finding.value.estimate = estimate;
    finding.value.interval = Interval{.low = low, .high = high};
    finding.verdict = verdict_of(*finding.value.interval, 10, std::nullopt);
    return finding;
}

Finding unmeasured(const std::string& target)
{
    Finding finding;
    finding.target = target;
    finding.metric = Metric::unmeasured;
    return finding;
}

TEST(WhatSettles, counts_by_the_square_of_half_width_to_distance)
{
    // Above the bound by 1, 2 down to the low end: four times as many halve the interval.
    const Finding finding = busbw(11, 9, 12);
    EXPECT_DOUBLE_EQ(count_that_settles(finding, 6).value(), 24);
    EXPECT_EQ(what_settles(finding, {.of = "rounds", .count = 6, .stop = {}, .seconds = 10}),
              "About 24 rounds in all settle it if the value stays (write rounds: 24; about 30.0 s more)");
    EXPECT_EQ(what_settles(finding, {.of = "launches", .count = 6, .stop = {}, .seconds = 0}),
              "About 24 launches in all settle it if the value stays (run --append 18 more times)");
    // Below the bound it is the high end that counts: (12.5 - 9.5) / 0.5, squared.
    EXPECT_DOUBLE_EQ(count_that_settles(busbw(9.5, 9, 12.5), 10).value(), 360);
}

TEST(WhatSettles, names_the_key_that_ended_the_sampling)
{
    const Finding finding = busbw(11, 9, 12);
    const auto asked = [&](StopReason stop) {
        return what_settles(finding, {.of = "samples", .count = 100, .stop = name(stop), .seconds = 0});
    };
    EXPECT_EQ(asked(StopReason::converged),
              "About 400 samples in all settle it if the value stays (write stop.min_samples: 400)");
    EXPECT_EQ(asked(StopReason::cap),
              "About 400 samples in all settle it if the value stays (write stop.min_samples: 400 and "
              "stop.max_samples: 400)");
    EXPECT_EQ(asked(StopReason::budget),
              "About 400 samples in all settle it if the value stays (multiply stop.max_seconds by 4)");
}

TEST(WhatSettles, says_where_no_number_of_samples_does)
{
    EXPECT_EQ(what_settles(busbw(10, 9, 11), {.of = "samples", .count = 100, .stop = {}, .seconds = 1}),
              "The value lies on the bound, which no practical number of samples settles. Less noise does, or a bound "
              "that leaves room");
    EXPECT_EQ(
        what_settles(busbw(10.001, 9, 11), {.of = "rounds", .count = 6, .stop = {}, .seconds = 1}),
        "The value lies 0.01 % from the bound, which no practical number of rounds settles. Less noise does, or a "
        "bound that leaves room");
}

TEST(MissedBy, is_of_the_bound_at_the_estimate_and_at_the_better_end)
{
    EXPECT_EQ(missed_by(busbw(8, 7, 9)), "missed by 20 % of the bound, by 10 % at least");
    EXPECT_EQ(missed_by(busbw(8, 8, 8)), "missed by 20 % of the bound");
    EXPECT_EQ(missed_by(busbw(0.001, 0.001, 0.001)), "missed by 100 % of the bound");
    Finding count = busbw(3, 3, 3);
    count.at_least.reset();
    count.at_most = 0;
    EXPECT_EQ(missed_by(count), "") << "3 is no share of 0";
}

TEST(TargetOutcomes, count_scales_and_name_the_worst)
{
    Judgement judgement;
    judgement.findings = {busbw(11, 10.5, 12, 2), busbw(8, 7, 9, 4), busbw(7, 6, 8, 8), busbw(11, 9, 12, 16)};
    Finding whole_run;
    judgement.findings.push_back(whole_run);
    const std::vector<TargetOutcome> outcomes = target_outcomes(judgement);
    ASSERT_EQ(outcomes.size(), 1U);
    EXPECT_EQ(outcomes[0].findings, 4U);
    EXPECT_EQ(outcome_text(outcomes[0]),
              "FAIL at 2 of 4 scales, worst at 8 ranks: missed by 30 % of the bound, by 20 % at least");

    judgement.findings = {busbw(11, 10.5, 12, 8), busbw(12, 11, 13, 8)};
    EXPECT_EQ(outcome_text(target_outcomes(judgement)[0]), "PASS at all 2 cases");
}

TEST(VerdictOfWhatCanBeMeasured, is_not_hidden_by_what_can_not)
{
    Judgement judgement;
    judgement.findings = {busbw(11, 10.5, 12), unmeasured("thirty-days")};
    EXPECT_EQ(verdict_of_what_can_be_measured(judgement), Verdict::pass);
    judgement.findings = {unmeasured("thirty-days")};
    EXPECT_EQ(verdict_of_what_can_be_measured(judgement), std::nullopt);
}

}  // namespace
}  // namespace plumbline
