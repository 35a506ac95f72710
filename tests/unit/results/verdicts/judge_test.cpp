// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/judge.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_record.hpp"
#include "results/records/metric.hpp"
#include "results/records/round.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"
#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using test::at;
using test::collective_case;
using test::judge_one;
using test::MeasuredRun;
using test::only_finding;
using test::spread_times;
using test::target_of;
using test::training_step;
using test::weak_scaling;
using ::testing::HasSubstr;

TEST(Judge, karp_flatts_serial_fraction_is_worst_where_the_speedup_is_least)
{
    // Weak: an efficiency of 0.8 on 4 times the ranks is a serial fraction of (1 / 0.8 - 1) / 3.
    const MeasuredRun weak = weak_scaling({2, 8}, 1.25);
    const Finding of_weak = only_finding(at(target_of(Metric::karp_flatt, {}, 0.0), 2, 8), weak.measured());
    EXPECT_NEAR(of_weak.value.estimate.value(), 0.25 / 3, 1e-12);
    ASSERT_TRUE(of_weak.value.interval);
    EXPECT_LT(of_weak.value.interval->low, 0.25 / 3);
    EXPECT_GT(of_weak.value.interval->high, 0.25 / 3);

    // Fixed total work, Amdahl with a quarter serial: on 4 ranks 0.25 + 0.75 / 4 of the time.
    MeasuredRun strong;
    for (const int ranks : {1, 4}) {
        CaseIdentity what = training_step(ranks);
        what.parameters["global_batch"] = "64";
        strong.add(what, spread_times(0.25 + 0.75 / ranks, 0.0001));
    }
    Target at_most = at(target_of(Metric::karp_flatt, {}, 0.0), 1, 4);
    at_most.at_least.reset();
    at_most.at_most = 0.26;
    const Finding of_strong = only_finding(at_most, strong.measured());
    EXPECT_NEAR(of_strong.value.estimate.value(), 0.25, 1e-12);
    EXPECT_EQ(of_strong.verdict, Verdict::pass);
    at_most.at_most = 0.24;
    EXPECT_EQ(only_finding(at_most, strong.measured()).verdict, Verdict::fail);
}

TEST(Judge, mfu_is_judged_by_the_closed_forms_of_the_step)
{
    MeasuredRun run;
    CaseRecord& record = run.add(training_step(8), spread_times(2.0, 0.01));
    record.header.closed_forms = {{"model_flops", 8e12}, {"peak_flops", 1e12}};
    const Finding stated = only_finding(at(target_of(Metric::mfu, {}, 0.1), {}, 8), run.measured());
    EXPECT_EQ(stated.verdict, Verdict::not_measured) << "what computes is a stand-in of stated speed";
    EXPECT_THAT(stated.why, HasSubstr("which compute_kind spin doesn't do"));
    record.header.what.parameters["compute_kind"] = "gemm";
    const auto verdict_at = [&](double bound) {
        return only_finding(at(target_of(Metric::mfu, {}, bound), {}, 8), run.measured()).verdict;
    };
    EXPECT_EQ(verdict_at(0.49), Verdict::pass);  // 8e12 / (2 s * 1e12 * 8) = 0.5, within 1 %
    EXPECT_EQ(verdict_at(0.5), Verdict::inconclusive);
    EXPECT_EQ(verdict_at(0.51), Verdict::fail);

    record.header.closed_forms["peak_flops"] = 0.4e12;
    const Finding above_one = only_finding(at(target_of(Metric::mfu, {}, 0.5), {}, 8), run.measured());
    EXPECT_EQ(above_one.verdict, Verdict::not_measured);
    EXPECT_THAT(above_one.why, HasSubstr("peak_flops of the case is too low"));
    record.header.closed_forms.erase("peak_flops");
    EXPECT_THAT(only_finding(at(target_of(Metric::mfu, {}, 0.5), {}, 8), run.measured()).why,
                HasSubstr("needs the key peak_flops"));
}

TEST(Metrics, each_has_one_row_and_parses_from_its_name)
{
    std::set<std::string_view> names;
    for (const MetricInfo& row : all_metrics()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_EQ(parse_metric(row.name), row.metric);
        EXPECT_EQ(&info(row.metric), &row);
        EXPECT_EQ(row.relative, !row.held_fixed.empty()) << row.name;
        EXPECT_FALSE(row.formula.empty()) << row.name;
    }
    EXPECT_EQ(parse_metric("algbw_retention"), std::nullopt);
}

TEST(Judge, no_target_is_no_verdict)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.1);
    const Judgement judgement = judge({}, run.measured());
    EXPECT_TRUE(judgement.findings.empty());
    EXPECT_EQ(judgement.verdict, std::nullopt);
    EXPECT_EQ(exit_status(judgement.verdict), 0);
}

/// The same batch whatever the scale.
CaseIdentity of_fixed_batch(int ranks)
{
    CaseIdentity what = training_step(ranks);
    what.parameters["global_batch"] = "6144";
    return what;
}

TEST(Judge, reproduces_the_published_strong_scaling_verdicts)
{
    struct Row {
        const char* what;
        int base_ranks;
        double base_s;
        int ranks;
        double seconds;
        double spread;
        double efficiency;  ///< to 0.05 %
        Verdict verdict;    ///< against 90 %
    };
    // A batch of 768 sequences of 2048 tokens at 49.0k and 176.9k tokens/s; TFLOP/s per GPU of Llama 3 at 16M tokens.
    constexpr double batch = 768 * 2048;
    const std::vector<Row> rows{
        {"MegaScale", 3072, 23.66, 12288, 6.34, 0.001, 0.933, Verdict::pass},
        {"Megatron-LM", 3072, 29.02, 12288, 8.57, 0.001, 0.8465, Verdict::fail},
        {"Megatron-LM, noisy", 3072, 29.02, 12288, 8.57, 0.02, 0.8465, Verdict::fail},
        {"MegaScale to 1024", 256, batch / 49.0e3, 1024, batch / 176.9e3, 0.001, 0.9026, Verdict::pass},
        {"MegaScale to 1024, 1 % noise", 256, batch / 49.0e3, 1024, batch / 176.9e3, 0.02, 0.9026,
         Verdict::inconclusive},
        {"the same from its rounded seconds", 256, 32.0, 1024, 8.9, 0.02, 0.8989, Verdict::inconclusive},
        {"Llama 3", 8192, 1 / (430.0 * 8192), 16384, 1 / (400.0 * 16384), 0.001, 0.9302, Verdict::pass},
    };
    for (const Row& row : rows) {
        MeasuredRun run;
        run.add(of_fixed_batch(row.base_ranks), spread_times(row.base_s, row.spread));
        run.add(of_fixed_batch(row.ranks), spread_times(row.seconds, row.spread));
        const Finding finding =
            only_finding(at(target_of(Metric::strong_efficiency, {}, 0.90), row.base_ranks, row.ranks), run.measured());
        EXPECT_NEAR(finding.value.estimate.value(), row.efficiency, 0.0005) << row.what;
        EXPECT_EQ(finding.verdict, row.verdict) << row.what;
        EXPECT_EQ(finding.base_ranks, row.base_ranks);
        EXPECT_NEAR(finding.base_value.value(), row.base_s, 1e-9 * row.base_s);
        EXPECT_EQ(finding.base_unit, "s");
    }
}

TEST(Judge, weak_efficiency_is_the_ratio_of_times_and_linear_speedup_n_times_that)
{
    const MeasuredRun run = weak_scaling({1, 4}, 1.25);
    const Finding weak =
        only_finding(target_of(Metric::weak_efficiency, {{"pattern", "data_parallel"}}, 0.9), run.measured());
    EXPECT_DOUBLE_EQ(weak.value.estimate.value(), 0.8);
    EXPECT_EQ(weak.verdict, Verdict::fail);
    EXPECT_EQ(weak.ranks, 4);
    EXPECT_EQ(weak.base_ranks, 1);
    EXPECT_EQ(weak.bound, ">= 0.9");
    const Finding speedup = only_finding(target_of(Metric::linear_speedup, {}, 3.1), run.measured());
    EXPECT_DOUBLE_EQ(speedup.value.estimate.value(), 3.2);
    EXPECT_NEAR(speedup.value.interval->low, 4 * weak.value.interval->low, 1e-12);
    EXPECT_EQ(speedup.verdict, Verdict::pass);
}

TEST(Judge, every_scale_above_the_base_is_judged_unless_one_is_named)
{
    const MeasuredRun run = weak_scaling({1, 2, 4, 8}, 1.01);
    const Target every = target_of(Metric::weak_efficiency, {}, 0.9);
    const auto ranks_judged = [&](const Target& target) {
        std::vector<int> ranks;
        for (const Finding& finding : judge_one(target, run.measured()).findings) {
            ranks.push_back(finding.ranks);
        }
        return ranks;
    };
    EXPECT_EQ(ranks_judged(every), (std::vector{2, 4, 8}));
    EXPECT_EQ(ranks_judged(at(every, 2, {})), (std::vector{4, 8}));
    EXPECT_EQ(ranks_judged(at(every, {}, 4)), (std::vector{4}));
    Target all = every;
    all.at = ScaleRef{};
    EXPECT_EQ(ranks_judged(all), (std::vector{8}));
    const Target absolute = target_of(Metric::time, {}, 0.1);
    EXPECT_EQ(ranks_judged(absolute), (std::vector{1, 2, 4, 8}));
}

TEST(Judge, a_run_is_as_bad_as_its_worst_finding)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.25);
    const std::vector targets{target_of(Metric::weak_efficiency, {}, 0.7),
                              target_of(Metric::weak_efficiency, {{"pattern", "nothing"}}, 0.7),
                              target_of(Metric::weak_efficiency, {}, 0.9)};
    const Judgement judgement = judge(targets, run.measured());
    ASSERT_EQ(judgement.findings.size(), 3U);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::pass);
    EXPECT_EQ(judgement.findings[1].verdict, Verdict::not_measured);
    EXPECT_EQ(judgement.findings[2].verdict, Verdict::fail);
    EXPECT_EQ(judgement.verdict, Verdict::fail);
    EXPECT_EQ(judge(std::span(targets).first(2), run.measured()).verdict, Verdict::not_measured);
}

TEST(Judge, a_99th_percentile_is_judged_by_its_own_interval)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 8, 4), spread_times(1e-3, 0.1, 368));
    run.add(collective_case("allreduce", 16, 4), spread_times(1e-3, 0.1, 300));
    run.add(collective_case("allreduce", 32, 4), spread_times(1e-3, 0.1, 200));
    const auto within = [&](const char* bytes, double seconds) {
        Target target = target_of(Metric::time_p99, {{"bytes", bytes}}, 0);
        target.at_least.reset();
        target.at_most = seconds;
        return only_finding(target, run.measured());
    };
    // The largest of the samples is 1.1 ms, number 360 of 368 is 0.9 + 0.2 * 359 / 367 = 1.0956 ms.
    EXPECT_EQ(within("8", 1.1001e-3).verdict, Verdict::pass);
    EXPECT_EQ(within("8", 1.098e-3).verdict, Verdict::inconclusive);
    EXPECT_EQ(within("8", 1.0956e-3).verdict, Verdict::fail);
    EXPECT_EQ(within("16", 1).verdict, Verdict::inconclusive);
    EXPECT_THAT(within("16", 1).why, HasSubstr("needs at least 368 samples"));
    EXPECT_EQ(within("32", 1).verdict, Verdict::not_measured);
    EXPECT_THAT(within("32", 1).why, HasSubstr("write stop.min_samples: 368"));
}

TEST(Judge, each_measurement_of_a_relative_target_gets_a_finding)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 8, 2), spread_times(1, 0.001));
    run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.001));
    run.add(collective_case("allreduce", 64, 2), spread_times(1, 0.001));
    const Judgement judgement = judge_one(target_of(Metric::busbw_retention, {}, 0.9), run.measured());
    ASSERT_EQ(judgement.findings.size(), 2U);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::pass);
    EXPECT_EQ(judgement.findings[1].verdict, Verdict::not_measured);
    EXPECT_EQ(judgement.findings[1].case_id, 2);
}

TEST(Judge, few_samples_give_an_estimate_without_a_verdict)
{
    const MeasuredRun six = weak_scaling({1, 2}, 0.5, 0.001, 6);
    const Finding ratio = only_finding(target_of(Metric::weak_efficiency, {}, 0.9), six.measured());
    EXPECT_EQ(ratio.verdict, Verdict::inconclusive);
    EXPECT_DOUBLE_EQ(ratio.value.estimate.value(), 2.0);
    EXPECT_EQ(ratio.value.interval, std::nullopt);
    EXPECT_THAT(ratio.why, HasSubstr("needs at least 7 samples for an interval, has 6"));
    EXPECT_EQ(only_finding(at(target_of(Metric::time, {}, 0.1), {}, 2), six.measured()).verdict, Verdict::pass);

    const MeasuredRun three = weak_scaling({1}, 1, 0.001, 3);
    EXPECT_EQ(only_finding(target_of(Metric::time, {}, 0.1), three.measured()).why,
              "needs at least 6 samples for an interval, has 3 (write stop.min_samples: 6)");
    const MeasuredRun none = weak_scaling({1}, 1, 0.001, 0);
    const Finding empty = only_finding(target_of(Metric::time, {}, 0.1), none.measured());
    EXPECT_EQ(empty.verdict, Verdict::not_measured);
    EXPECT_EQ(empty.why, "the case on 1 rank has no timed samples");
}

TEST(Judge, busbw_retention_compares_bus_bandwidth_at_the_same_size)
{
    // allreduce: factors 1 at 2 ranks and 1.5 at 4; twice the time gives 0.75 of the base's busbw.
    MeasuredRun run;
    run.add(collective_case("allreduce", 1'000'000, 1), spread_times(1e-6, 0.001));
    run.add(collective_case("allreduce", 1'000'000, 2), spread_times(1e-3, 0.001));
    run.add(collective_case("allreduce", 1'000'000, 4), spread_times(2e-3, 0.001));
    run.add(collective_case("allreduce", 2'000'000, 2), spread_times(1e-3, 0.001));
    const Target target = target_of(Metric::busbw_retention, {{"bytes", "1000000"}}, 0.9);
    const Finding finding = only_finding(target, run.measured());
    EXPECT_NEAR(finding.value.estimate.value(), 0.75, 1e-12);
    EXPECT_NEAR(finding.value.interval->low, 0.75, 0.002);
    EXPECT_LT(finding.value.interval->low, finding.value.estimate.value());
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.base_ranks, 2);
    EXPECT_DOUBLE_EQ(finding.base_value.value(), 1e9);
    EXPECT_EQ(finding.base_unit, "B/s");
    EXPECT_EQ(only_finding(at(target, 1, 4), run.measured()).why, "there is no base: busbw is undefined on 1 rank");
}

TEST(Judge, bandwidths_are_in_GB_per_second_and_their_interval_is_the_times_inverted)
{
    MeasuredRun run;
    std::vector<double> times;
    for (int i = 1; i <= 10; ++i) {
        times.push_back(i * 1e-3);  // 95 %: 2 ms .. 9 ms, median 5.5 ms
    }
    run.add(collective_case("allreduce", 36'000'000, 4), times);
    const Finding algbw = only_finding(target_of(Metric::algbw, {}, 4.0), run.measured());
    EXPECT_NEAR(algbw.value.estimate.value(), 36.0 / 5.5, 1e-9);
    EXPECT_NEAR(algbw.value.interval->low, 4.0, 1e-9);
    EXPECT_NEAR(algbw.value.interval->high, 18.0, 1e-9);
    const Finding busbw = only_finding(target_of(Metric::busbw, {}, 28.0), run.measured());
    EXPECT_NEAR(busbw.value.interval->high, 27.0, 1e-9);
    EXPECT_EQ(busbw.verdict, Verdict::fail);
}

TEST(Judge, the_interval_follows_the_confidence_asked_for)
{
    MeasuredRun run;
    run.add(collective_case("barrier", 0, 2), spread_times(1.0, 0.9, 10));
    RunData measured = run.measured(0.95);
    const auto width = [&](double confidence) {
        measured.confidence = confidence;
        const Interval interval = only_finding(target_of(Metric::time, {}, 0.01), measured).value.interval.value();
        return interval.high - interval.low;
    };
    EXPECT_NEAR(width(0.95), 1.4, 1e-9);  // ranks 2 and 9 of 0.1, 0.3, ... 1.9
    EXPECT_NEAR(width(0.99), 1.8, 1e-9);  // ranks 1 and 10
}

TEST(Judge, a_ratio_needs_more_samples_for_more_confidence)
{
    // 99 % on a ratio is 99.5 % on each side: 1 - 2/2^n reaches it at n = 9, and 97.5 % at n = 7.
    const MeasuredRun run = weak_scaling({1, 2}, 0.5, 0.001, 8);
    const Target target = target_of(Metric::weak_efficiency, {}, 0.9);
    EXPECT_EQ(only_finding(target, run.measured(0.95)).verdict, Verdict::pass);
    const Finding stricter = only_finding(target, run.measured(0.99));
    EXPECT_EQ(stricter.verdict, Verdict::inconclusive);
    EXPECT_THAT(stricter.why, HasSubstr("needs at least 9 samples for an interval, has 8"));
}

TEST(Judge, a_bandwidth_has_no_interval_when_the_clock_saw_no_time)
{
    MeasuredRun run;
    std::vector<double> times(10, 0.0);
    times.resize(21, 1e-6);
    run.add(collective_case("allreduce", 64, 2), times);
    const Finding finding = only_finding(target_of(Metric::algbw, {}, 1e-9), run.measured());
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_EQ(finding.why, "has no interval (times of zero are in it)");
}

TEST(Judge, bubble_fraction_comes_with_the_interval_of_its_samples)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("pipeline", 64, 2);
    what.parameters = {{"microbatches", "4"}};
    CaseRecord& record = run.add(what, spread_times(1, 0.001, 10));
    SampleMatrix compute{.samples = 10, .ranks = 2, .values = {}};
    for (int i = 1; i <= 10; ++i) {
        record.rounds.front().seconds.values[static_cast<std::size_t>(2 * i - 2)] = 1;
        record.rounds.front().seconds.values[static_cast<std::size_t>(2 * i - 1)] = 1;
        compute.values.insert(compute.values.end(), {1 - 0.01 * i, 1 - 0.03 * i});  // bubble 0.02 i
    }
    record.rounds.front().shares["compute_s"] = compute;
    Target target = target_of(Metric::bubble_fraction, {{"microbatches", "4"}}, 0);
    target.at_least.reset();
    target.at_most = 0.19;
    const Finding finding = only_finding(target, run.measured());
    EXPECT_NEAR(finding.value.estimate.value(), 0.11, 1e-12);
    EXPECT_NEAR(finding.value.interval->low, 0.04, 1e-12);
    EXPECT_NEAR(finding.value.interval->high, 0.18, 1e-12);
    EXPECT_EQ(finding.verdict, Verdict::pass);
    EXPECT_EQ(finding.bound, "<= 0.19");
}

TEST(Judge, an_inconclusive_finding_says_what_would_settle_it)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.02, 0.1);
    const Finding finding = only_finding(target_of(Metric::weak_efficiency, {}, 1.0), run.measured());
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_THAT(finding.why, HasSubstr("the bound lies within the 95 % interval. About "));
}

MeasuredRun imported(double time_s)
{
    MeasuredRun run;
    CaseRecord& record = run.add(collective_case("allreduce", 1000, 2), {});
    record.header.reported = ImportedValue{.time_s = time_s, .estimator = "mean of 20 iterations"};
    return run;
}

Target at_least_busbw(double bound)
{
    Target target;
    target.name = "t";
    target.metric = Metric::busbw;
    target.at_least = bound;
    return target;
}

TEST(JudgePointValues, AreRefusedUnlessAllowed)
{
    const MeasuredRun run = imported(1e-6);
    const Judgement refused = judge(std::vector{at_least_busbw(0.5)}, run.measured());
    EXPECT_EQ(refused.verdict, Verdict::not_measured);
    EXPECT_THAT(refused.findings.at(0).why, HasSubstr("--allow-point-values"));
    EXPECT_FALSE(refused.on_point_values);
}

TEST(JudgePointValues, DecideAloneWhenAllowedAndSaySo)
{
    const MeasuredRun run = imported(1e-6);  // 1 GB/s
    const Judgement met = judge(std::vector{at_least_busbw(0.5)}, run.measured(), PointEstimates::allow);
    EXPECT_EQ(met.verdict, Verdict::pass);
    EXPECT_TRUE(met.on_point_values);
    EXPECT_EQ(met.findings.at(0).why, "judged on a point value (mean of 20 iterations; no samples, no interval)");
    EXPECT_EQ(judge(std::vector{at_least_busbw(1.5)}, run.measured(), PointEstimates::allow).verdict, Verdict::fail);
}

TEST(JudgePointValues, LeaveCasesWithTooFewSamplesInconclusive)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 1000, 2), spread_times(1e-6, 0.01, 3));
    const Judgement judgement = judge(std::vector{at_least_busbw(0.5)}, run.measured(), PointEstimates::allow);
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
    EXPECT_FALSE(judgement.on_point_values);
}

}  // namespace
}  // namespace plumbline
