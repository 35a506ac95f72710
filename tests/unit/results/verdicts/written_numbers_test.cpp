// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/written_numbers.hpp"

#include "collectives/util/units.hpp"
#include "results/records/metric.hpp"
#include "results/verdicts/verdict.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>
#include <string>
#include <utility>

namespace plumbline {
namespace {

Finding at_least(Metric metric, double bound, Interval interval)
{
    Finding finding;
    finding.target = "t";
    finding.metric = metric;
    finding.at_least = bound;
    finding.bound = ">= " + shortest_number(bound);
    finding.value.estimate = (interval.low + interval.high) / 2;
    finding.value.interval = interval;
    finding.verdict = verdict_of(interval, bound, std::nullopt);
    return finding;
}

TEST(WrittenNumbers, of_a_fail_never_read_like_a_pass)
{
    const Finding finding = at_least(Metric::weak_efficiency, 0.9, {.low = 0.862, .high = 0.8999});
    ASSERT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(measured_text(finding), "weak_efficiency 0.881 [0.862, 0.8999] >= 0.9");
}

TEST(WrittenNumbers, read_back_give_the_verdict_that_was_given)
{
    std::mt19937_64 random(20);
    std::uniform_real_distribution<double> exponent(-6, 3);
    std::uniform_real_distribution<double> nearness(-12, -0.3);
    for (int i = 0; i < 20'000; ++i) {
        const Metric metric = i % 2 == 0 ? Metric::busbw : Metric::time;
        const auto off = [&] { return (random() % 2 == 0 ? 1 : -1) * std::pow(10, nearness(random)); };
        const double bound = std::stod(shortest_number(std::pow(10, exponent(random))));
        const auto [low, high] = std::minmax({bound * (1 + off()), bound * (1 + off())});
        Finding finding = at_least(metric, bound, {.low = low, .high = high});
        if (i % 4 > 1) {
            finding.at_most = std::exchange(finding.at_least, std::nullopt);
            finding.verdict = verdict_of({.low = low, .high = high}, std::nullopt, bound);
        }
        const WrittenNumbers written = written_numbers(finding);
        const auto read = [&](const std::string& text) {
            return metric == Metric::time ? parse_seconds(text).value() : std::stod(text);
        };
        const Interval shown{.low = read(written.low), .high = read(written.high)};
        ASSERT_EQ(verdict_of(shown, finding.at_least, finding.at_most), finding.verdict)
            << "[" << written.low << ", " << written.high << "] " << finding.bound;
        ASSERT_LE(shown.low, read(written.estimate));
        ASSERT_GE(shown.high, read(written.estimate));
    }
}

TEST(WrittenNumbers, are_left_out_where_there_are_none)
{
    Finding finding;
    EXPECT_EQ(measured_text(finding), "") << "about the whole run";
    finding.metric = Metric::busbw;
    finding.bound = ">= 10";
    EXPECT_EQ(measured_text(finding), "busbw >= 10 GB/s");
}

TEST(WrittenNumbers, hold_times_against_a_bound_in_a_unit_of_time)
{
    Finding finding = at_least(Metric::time, 1, {.low = 59.1e-6, .high = 59.3e-6});
    finding.at_least.reset();
    finding.at_most = 60e-6;
    finding.bound = "<= 6e-05";
    EXPECT_EQ(measured_text(finding), "time 59.2 us [59.1 us, 59.3 us] <= 60 us");
    EXPECT_EQ(bound_said(finding), "<= 60 us");
    finding.metric = Metric::recovery_time;
    finding.at_most = 1800;
    finding.bound = "<= 30 min";
    EXPECT_EQ(bound_said(finding), "<= 30 min");
    finding.metric = Metric::busbw;
    finding.bound = ">= 340";
    EXPECT_EQ(bound_said(finding), ">= 340 GB/s");
}

TEST(TargetText, says_a_target_with_the_units_that_it_was_read_in)
{
    Target target;
    target.metric = Metric::busbw;
    target.where = {{"pattern", "allreduce"}, {"bytes", "1073741824"}};
    target.at = ScaleRef{.count = 2, .unit = ScaleUnit::nodes};
    target.at_least = 380;
    EXPECT_EQ(target_text(target).english(), "busbw >= 380 GB/s of allreduce, 1 GiB, at 2 nodes");
    Target recovery;
    recovery.metric = Metric::recovery_time;
    recovery.at_most = 1800;
    recovery.quantile = 0.95;
    recovery.confidence = 0.9;
    EXPECT_EQ(target_text(recovery).english(), "recovery_time <= 30 min, quantile 0.95, confidence 0.9");
    Target scaling;
    scaling.metric = Metric::weak_efficiency;
    scaling.base = ScaleRef{.count = 1, .unit = ScaleUnit::ranks};
    scaling.at = ScaleRef{};
    scaling.at_least = 0.9;
    EXPECT_EQ(target_text(scaling).english(), "weak_efficiency >= 90 %, at the most ranks, base 1 rank");
    scaling.across_fabrics = true;
    scaling.where = {{"in_place", "false"}};
    EXPECT_EQ(target_text(scaling).english(),
              "weak_efficiency >= 90 % of out of place, at the most ranks, base 1 rank, across fabrics");
    Target attained;
    attained.metric = Metric::fraction_of_attainable;
    attained.algorithm = {.kind = AlgorithmReference::Kind::named, .algorithm = AlgorithmKind::tree};
    attained.at_least = 0.9;
    EXPECT_EQ(target_text(attained).english(), "fraction_of_attainable >= 90 %, algorithm tree");
    scaling.metric = Metric::linear_speedup;
    EXPECT_EQ(bound_text(scaling), "0.9 times");
    scaling.metric = Metric::time;
    scaling.at_least = 60e-6;
    EXPECT_EQ(bound_text(scaling), "60 us");
    scaling.metric = Metric::hangs;
    scaling.at_least = 0;
    EXPECT_EQ(bound_text(scaling), "0");
}

}  // namespace
}  // namespace plumbline
