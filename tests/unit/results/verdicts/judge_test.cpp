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
#include "tests/support/measured_run.hpp"

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

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;
using ::testing::HasSubstr;

Target target_of(Metric metric, std::map<std::string, std::string> where, double at_least)
{
    Target target;
    target.name = "t";
    target.metric = metric;
    target.where = std::move(where);
    target.at_least = at_least;
    return target;
}

Target at(Target target, std::optional<int> base, std::optional<int> scale)
{
    if (base) {
        target.base = ScaleRef{base};
    }
    if (scale) {
        target.at = ScaleRef{scale};
    }
    return target;
}

CaseIdentity training_step(int ranks, const std::string& pattern = "training_step")
{
    return collective_case(pattern, 0, ranks);
}

Judgement judge_one(const Target& target, const RunData& run)
{
    return judge(std::vector{target}, run);
}

Finding only_finding(const Target& target, const RunData& run)
{
    const Judgement judgement = judge_one(target, run);
    EXPECT_EQ(judgement.findings.size(), 1U);
    return judgement.findings.empty() ? Finding{} : judgement.findings.front();
}

/// data_parallel on each of `scales`, step time 1 s on the smallest and `slower` times that on the others.
MeasuredRun weak_scaling(std::initializer_list<int> scales, double slower, double spread = 0.001,
                         std::size_t samples = 21)
{
    MeasuredRun run;
    double time = 1;
    for (const int ranks : scales) {
        run.add(training_step(ranks, "data_parallel"), spread_times(time, spread, samples));
        time = slower;
    }
    return run;
}

TEST(VerdictOf, compares_the_worse_and_the_better_end)
{
    struct Row {
        Interval interval;
        std::optional<double> at_least;
        std::optional<double> at_most;
        Verdict verdict;
    };
    const std::vector<Row> rows{
        {{0.90, 0.95}, 0.90, {}, Verdict::pass},  // the bound itself meets it: no hidden tolerance either way
        {{0.8999999, 0.95}, 0.90, {}, Verdict::inconclusive},
        {{0.80, 0.90}, 0.90, {}, Verdict::inconclusive},
        {{0.80, 0.8999999}, 0.90, {}, Verdict::fail},
        {{1.0, 2.0}, {}, 2.0, Verdict::pass},
        {{1.0, 2.0000001}, {}, 2.0, Verdict::inconclusive},
        {{2.0, 3.0}, {}, 2.0, Verdict::inconclusive},
        {{2.0000001, 3.0}, {}, 2.0, Verdict::fail},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(verdict_of(row.interval, row.at_least, row.at_most), row.verdict)
            << row.interval.low << " " << row.interval.high;
    }
}

TEST(VerdictOf, wants_exactly_one_bound)
{
    EXPECT_THROW(verdict_of({0, 1}, std::nullopt, std::nullopt), std::logic_error);
    EXPECT_THROW(verdict_of({0, 1}, 0.5, 0.5), std::logic_error);
}

TEST(Verdicts, are_ordered_and_have_the_exit_statuses_of_the_contract)
{
    EXPECT_EQ(worst(Verdict::fail, Verdict::not_measured), Verdict::fail);
    EXPECT_EQ(worst(Verdict::inconclusive, Verdict::not_measured), Verdict::not_measured);
    EXPECT_EQ(worst(Verdict::pass, Verdict::inconclusive), Verdict::inconclusive);
    EXPECT_EQ(exit_status(Verdict::pass), 0);
    EXPECT_EQ(exit_status(Verdict::fail), 1);
    EXPECT_EQ(exit_status(Verdict::inconclusive), 3);
    EXPECT_EQ(exit_status(Verdict::not_measured), 4);
    EXPECT_EQ(name(Verdict::not_measured), "NOT_MEASURED");
    EXPECT_EQ(name(Verdict::fail), "FAIL");
}

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

TEST(Judge, what_only_measures_the_network_is_no_training_step)
{
    for (const std::string pattern : {"links", "bisect", "congestion"}) {
        MeasuredRun run;
        for (const int ranks : {2, 4}) {
            run.add(collective_case(pattern, 64, ranks), spread_times(1e-3, 0.01)).header.bus_factor = 1;
        }
        for (const Metric metric : {Metric::weak_efficiency, Metric::linear_speedup, Metric::karp_flatt}) {
            const Finding finding = judge_one(at(target_of(metric, {}, 0.5), 2, 4), run.measured()).findings.at(0);
            EXPECT_EQ(finding.verdict, Verdict::not_measured) << pattern;
            EXPECT_THAT(finding.why, HasSubstr("applies to a training step, not to " + pattern));
        }
        const auto even = judge_one(at(target_of(Metric::busbw_retention, {}, 0.5), 2, 4), run.measured()).verdict;
        EXPECT_EQ(even, pattern == "links" ? Verdict::pass : Verdict::not_measured) << pattern;
    }
}

TEST(Judge, dispatch_and_combine_without_compute_have_a_bandwidth)
{
    MeasuredRun run;
    run.add(collective_case("expert_parallel", 1'000'000, 4), spread_times(1e-3, 0.01)).header.bus_factor = 0.75;
    EXPECT_EQ(judge_one(target_of(Metric::busbw, {}, 0.7), run.measured()).verdict, Verdict::pass);
    EXPECT_EQ(judge_one(target_of(Metric::busbw, {}, 0.8), run.measured()).verdict, Verdict::fail);
}

TEST(Judge, where_selects_by_every_key_of_a_case)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("allreduce", 1024, 4);
    what.op = ReduceOp::max;
    what.dtype = DataType::bfloat16;
    what.in_place = true;
    what.placement = Placement::spread;
    what.parameters = {{"note", "x"}};
    run.add(what, spread_times(1e-3, 0.01));
    run.add(collective_case("alltoall", 64, 2), spread_times(1e-3, 0.01));

    struct Row {
        std::map<std::string, std::string> where;
        std::size_t matches;
    };
    const std::vector<Row> rows{
        {{}, 2},
        {{{"pattern", "allreduce"}}, 1},
        {{{"bytes", "1024"}}, 1},
        {{{"dtype", "bfloat16"}}, 1},
        {{{"op", "max"}}, 1},
        {{{"op", "sum"}}, 0},  // alltoall reduces nothing
        {{{"in_place", "true"}}, 1},
        {{{"in_place", "false"}}, 1},
        {{{"ranks", "2"}}, 1},
        {{{"placement", "spread"}}, 1},
        {{{"note", "x"}}, 1},
        {{{"note", "y"}}, 0},
        {{{"pattern", "allreduce"}, {"bytes", "64"}}, 0},
        {{{"byts", "64"}}, 0},
    };
    for (const Row& row : rows) {
        const auto judgement = judge_one(target_of(Metric::time, row.where, 1e-6), run.measured());
        std::size_t matches = 0;
        for (const Finding& finding : judgement.findings) {
            matches += finding.case_id >= 0 ? 1U : 0U;
        }
        EXPECT_EQ(matches, row.matches);
        EXPECT_EQ(judgement.verdict, row.matches == 0 ? Verdict::not_measured : Verdict::pass);
    }
}

TEST(Judge, a_target_that_matches_nothing_says_what_there_is)
{
    MeasuredRun run;
    run.add(collective_case("alltoall", 64, 2), spread_times(1e-3, 0.01));
    run.add(collective_case("allreduce", 64, 2), spread_times(1e-3, 0.01));
    run.add(collective_case("allreduce", 1024, 2), spread_times(1e-3, 0.01));
    const Finding none =
        only_finding(target_of(Metric::busbw, {{"pattern", "pipeline"}, {"bytes", "8"}}, 1), run.measured());
    EXPECT_EQ(none.verdict, Verdict::not_measured);
    EXPECT_EQ(none.at, "bytes=8, pattern=pipeline");
    EXPECT_EQ(none.why, "no case matches pattern=pipeline (the file has allreduce, alltoall)");
    const auto why = [&](const std::map<std::string, std::string>& where) {
        return only_finding(target_of(Metric::busbw, where, 1), run.measured()).why;
    };
    EXPECT_EQ(why({{"pattern", "alltoall"}, {"bytes", "8"}}), "no case of pattern=alltoall has bytes=8 (there is 64)");
    EXPECT_EQ(why({{"bytes", "8"}}), "no case has bytes=8 (there is 64, 1024)");
    EXPECT_EQ(why({{"pattern", "alltoall"}, {"window", "8"}}),
              "no case of pattern=alltoall has the property 'window' (the file has allreduce, alltoall)");
    EXPECT_EQ(only_finding(target_of(Metric::busbw, {{"byts", "8"}}, 1), run.measured()).why,
              "no case has the property 'byts' (the file has allreduce, alltoall)");
    EXPECT_EQ(only_finding(target_of(Metric::busbw, {}, 1), RunData{}).why, "the file has no cases");
    EXPECT_EQ(only_finding(at(target_of(Metric::busbw, {}, 1), {}, 16), run.measured()).why,
              "no matching case on 16 ranks (they ran on 2). Measure at that scale");
}

TEST(Judge, what_failed_or_was_skipped_is_never_green)
{
    MeasuredRun run = weak_scaling({2, 4}, 1.0);
    run.add_unmeasured(training_step(8, "data_parallel"), CaseStatus::failed, "rank 3, element 5: expected 1, got 2");
    run.add_unmeasured(training_step(1, "data_parallel"), CaseStatus::skipped, "needs 9 GiB");
    const Judgement every = judge_one(target_of(Metric::weak_efficiency, {}, 0.9), run.measured());
    ASSERT_EQ(every.findings.size(), 3U);
    EXPECT_EQ(every.findings[0].verdict, Verdict::pass);  // 4 ranks against 2, the smallest that has a value
    EXPECT_EQ(every.findings[0].base_ranks, 2);
    EXPECT_EQ(every.findings[1].verdict, Verdict::not_measured);
    EXPECT_EQ(every.findings[1].why, "the case on 8 ranks failed: rank 3, element 5: expected 1, got 2");
    EXPECT_EQ(every.findings[2].why, "the case on 1 rank was skipped: needs 9 GiB");

    Target all = target_of(Metric::weak_efficiency, {}, 0.9);
    all.at = ScaleRef{};  // the largest planned, not the largest that worked
    EXPECT_EQ(only_finding(all, run.measured()).ranks, 8);
    EXPECT_EQ(only_finding(all, run.measured()).verdict, Verdict::not_measured);

    const Finding base = only_finding(at(target_of(Metric::weak_efficiency, {}, 0.9), 1, 4), run.measured());
    EXPECT_EQ(base.verdict, Verdict::not_measured);
    EXPECT_EQ(base.why, "there is no base: the case on 1 rank was skipped: needs 9 GiB");
    EXPECT_EQ(only_finding(at(target_of(Metric::weak_efficiency, {}, 0.9), 3, 4), run.measured()).why,
              "there is no base: no such case on 3 ranks");
}

TEST(Judge, a_stopped_run_is_not_green_whatever_was_measured)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.0);
    RunData stopped = run.measured();
    stopped.complete = false;
    const Judgement judgement = judge_one(target_of(Metric::weak_efficiency, {}, 0.9), stopped);
    ASSERT_EQ(judgement.findings.size(), 2U);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::pass);
    EXPECT_EQ(judgement.verdict, Verdict::not_measured);
    EXPECT_THAT(judgement.findings[1].why, HasSubstr("stopped before its plan was done"));
    EXPECT_EQ(judge({}, stopped).verdict, Verdict::not_measured);
}

/// data_parallel of 8 ranks a node on each of `nodes`, and on 4 ranks of the first; T(1 node) = 1 s, else `slower`.
MeasuredRun on_nodes(std::initializer_list<int> nodes, double slower)
{
    MeasuredRun run;
    for (const int count : nodes) {
        CaseIdentity what = training_step(8 * count, "data_parallel");
        what.nodes = count;
        run.add(what, spread_times(count == 1 ? 1 : slower, 0.001));
    }
    CaseIdentity half = training_step(4, "data_parallel");
    half.nodes = 1;
    run.add(half, spread_times(0.5, 0.001));
    return run;
}

TEST(Judge, scales_in_nodes_are_the_most_ranks_on_so_many)
{
    const MeasuredRun run = on_nodes({1, 2, 4}, 1.25);
    Target target = target_of(Metric::weak_efficiency, {}, 0.79);
    target.base = ScaleRef{.count = 1, .unit = ScaleUnit::nodes};
    target.at = ScaleRef{.count = std::nullopt, .unit = ScaleUnit::nodes};
    target.across_fabrics = true;
    const Finding finding = only_finding(target, run.measured());
    EXPECT_EQ(finding.ranks, 32);
    EXPECT_EQ(finding.base_ranks, 8) << "the whole node, not half of it";
    EXPECT_EQ(finding.base_nodes, 1);
    EXPECT_TRUE(finding.base_in_nodes);
    EXPECT_NEAR(finding.value.estimate.value(), 0.8, 1e-12);
    EXPECT_EQ(finding.verdict, Verdict::pass);

    target.at->count = 64;
    EXPECT_EQ(only_finding(target, run.measured()).why,
              "no matching case on 64 nodes (they ran on 1, 2, 4). Measure at that scale");
    target.at->count = 4;
    target.base->count = 3;
    EXPECT_EQ(only_finding(target, run.measured()).why, "there is no base: no such case on 3 nodes");
}

TEST(Judge, counts_are_exact_and_of_what_was_looked_at)
{
    const auto no_more = [](Metric metric) {
        Target target;
        target.name = "t";
        target.metric = metric;
        target.at_most = 0;
        return target;
    };
    MeasuredRun run;
    run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.01)).header.verification = Verification::verified;
    run.add(collective_case("barrier", 0, 4), spread_times(1, 0.01)).header.verification = Verification::not_verifiable;
    run.add_unmeasured(collective_case("pingpong", 8, 4), CaseStatus::skipped, "needs 2 ranks");
    const Finding clean = only_finding(no_more(Metric::wrong_data_cases), run.measured());
    EXPECT_EQ(clean.verdict, Verdict::pass);
    EXPECT_EQ(clean.value.estimate, 0);
    EXPECT_EQ(clean.at, "all cases");
    EXPECT_EQ(clean.basis, "1 of 2 cases have data that can be checked");
    EXPECT_EQ(only_finding(no_more(Metric::failed_cases), run.measured()).verdict, Verdict::pass);
    EXPECT_EQ(only_finding(no_more(Metric::hangs), run.measured()).verdict, Verdict::pass);

    run.add(collective_case("allgather", 8, 4), spread_times(1, 0.01)).header.verification = Verification::off;
    const Finding unchecked = only_finding(no_more(Metric::wrong_data_cases), run.measured());
    EXPECT_EQ(unchecked.verdict, Verdict::not_measured);
    EXPECT_THAT(unchecked.why, HasSubstr("of 1 of 3 cases was not checked, the first is allgather"));

    run.add_unmeasured(collective_case("alltoall", 8, 4), CaseStatus::failed, "out of memory");
    const Finding failed = only_finding(no_more(Metric::failed_cases), run.measured());
    EXPECT_EQ(failed.verdict, Verdict::fail);
    EXPECT_EQ(failed.value.estimate, 1);
    EXPECT_THAT(failed.why, HasSubstr("the first is alltoall"));

    RunData stopped = run.measured();
    stopped.complete = false;
    const Judgement hung = judge_one(no_more(Metric::hangs), stopped);
    EXPECT_EQ(hung.findings.at(0).verdict, Verdict::not_measured);
    EXPECT_THAT(hung.findings.at(0).why, HasSubstr("perhaps by a hang"));
    RunData resumed = run.measured();
    resumed.resumed = true;
    EXPECT_THAT(judge_one(no_more(Metric::hangs), resumed).findings.at(0).why, HasSubstr("went on with --resume"));
    RunData imported = run.measured();
    imported.cases.front().header.reported = ImportedValue{};
    EXPECT_EQ(judge_one(no_more(Metric::hangs), imported).findings.at(0).verdict, Verdict::not_measured);
}

TEST(Judge, what_was_not_measured_at_the_scale_of_its_target_does_not_go_unsaid)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 8, 2), spread_times(1, 0.01));
    run.add(collective_case("allreduce", 8, 8), spread_times(1, 0.01));
    run.add(collective_case("alltoall", 8, 2), spread_times(1, 0.01));
    run.add_unmeasured(collective_case("alltoall", 8, 4), CaseStatus::skipped, "no memory");
    Target target = target_of(Metric::time, {}, 0);
    target.at_least.reset();
    target.at_most = 2;
    target.at = ScaleRef{};
    const Judgement judgement = judge_one(target, run.measured());
    ASSERT_EQ(judgement.findings.size(), 2U);
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::pass);
    EXPECT_EQ(judgement.findings[1].verdict, Verdict::not_measured);
    EXPECT_THAT(judgement.findings[1].at, HasSubstr("alltoall"));
    EXPECT_THAT(judgement.findings[1].why, HasSubstr("was not measured on 8 ranks"));
}

TEST(Judge, a_clause_on_nodes_is_about_nodes_of_the_size_that_it_states)
{
    RunData run = on_nodes({1, 2, 4}, 1.25).measured();
    Target target = target_of(Metric::time, {}, 0);
    target.at_least.reset();
    target.at_most = 2;
    target.at = ScaleRef{.count = 4, .unit = ScaleUnit::nodes};
    run.links = Links{};
    run.links->ranks_per_node = 8;
    EXPECT_EQ(judge_one(target, run).findings.at(0).verdict, Verdict::pass);
    run.links->ranks_per_node = 16;
    const Judgement judgement = judge_one(target, run);
    EXPECT_EQ(judgement.findings.at(0).verdict, Verdict::not_measured);
    EXPECT_THAT(judgement.findings.at(0).why, HasSubstr("32 ranks on 4 nodes are not 16 a node"));
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

TEST(Judge, wrong_data_is_counted_in_cases)
{
    MeasuredRun run;
    run.add_unmeasured(collective_case("alltoall", 8, 4), CaseStatus::failed, "wrong data on rank 1, element 2");
    run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.01)).header.verification = Verification::verified;
    Target target;
    target.name = "t";
    target.metric = Metric::wrong_data_cases;
    target.at_most = 0;
    const Finding finding = judge_one(target, run.measured()).findings.at(0);
    EXPECT_EQ(finding.verdict, Verdict::fail);
    EXPECT_EQ(finding.value.estimate, 1);
    EXPECT_THAT(finding.why, HasSubstr("wrong data on rank 1, element 2"));
}

TEST(Judge, a_range_of_bytes_chooses_its_ends_too)
{
    MeasuredRun run;
    for (const std::uint64_t bytes : {8ULL, 1ULL << 20U, 1ULL << 22U, 1ULL << 24U}) {
        run.add(collective_case("allreduce", bytes, 4), spread_times(1e-3, 0.01));
    }
    Target target = target_of(Metric::time, {{"pattern", "allreduce"}}, 0);
    target.at_least.reset();
    target.at_most = 1;
    target.bytes = ByteRange{.from = 1U << 20U, .to = 1U << 22U};
    EXPECT_EQ(judge_one(target, run.measured()).findings.size(), 2U);
    target.bytes = ByteRange{.from = 1U << 22U, .to = std::nullopt};
    EXPECT_EQ(judge_one(target, run.measured()).findings.size(), 2U);
    target.bytes = ByteRange{.from = std::nullopt, .to = 4};
    EXPECT_EQ(only_finding(target, run.measured()).why,
              "no case of pattern=allreduce has bytes=up to 4 B (there is 8, 1048576, 4194304, 16777216)");
}

TEST(Judge, a_run_without_targets_is_not_green_where_a_case_failed_or_none_was_measured)
{
    MeasuredRun skipped;
    skipped.add_unmeasured(training_step(4), CaseStatus::skipped, "needs 9 GiB");
    const Judgement nothing = judge({}, skipped.measured());
    EXPECT_EQ(nothing.verdict, Verdict::not_measured);
    ASSERT_EQ(nothing.findings.size(), 1U);
    EXPECT_THAT(nothing.findings[0].why, HasSubstr("no case was measured"));
    EXPECT_THAT(nothing.findings[0].why, HasSubstr("needs 9 GiB"));

    MeasuredRun some = weak_scaling({1, 2}, 1.0);
    EXPECT_EQ(judge({}, some.measured()).verdict, std::nullopt);
    some.add_unmeasured(training_step(4), CaseStatus::skipped, "needs 9 GiB");
    EXPECT_TRUE(judge({}, some.measured()).findings.empty()) << "what can't run here is in the table";
    some.add_unmeasured(training_step(8), CaseStatus::failed, "rank 3, element 5: expected 1, got 2");
    const Judgement wrong = judge({}, some.measured());
    EXPECT_EQ(wrong.verdict, Verdict::not_measured);
    ASSERT_EQ(wrong.findings.size(), 1U);
    EXPECT_THAT(wrong.findings[0].why, HasSubstr("1 of 4 cases failed"));
    EXPECT_THAT(wrong.findings[0].why, HasSubstr("rank 3, element 5"));
}

TEST(Judge, wrong_data_in_any_case_fails_the_run_whatever_its_targets_say)
{
    MeasuredRun run = weak_scaling({1, 2}, 1.0);
    const Target met = target_of(Metric::weak_efficiency, {}, 0.9);
    EXPECT_EQ(judge(std::span(&met, 1), run.measured()).verdict, Verdict::pass);
    run.add_unmeasured(collective_case("alltoall", 64, 2), CaseStatus::failed,
                       "wrong data on rank 1, element 5: expected 1, got 2");
    for (const std::span<const Target> targets : {std::span(&met, 1), std::span<const Target>{}}) {
        const Judgement judgement = judge(targets, run.measured());
        EXPECT_EQ(judgement.verdict, Verdict::fail);
        const Finding& finding = judgement.findings.back();
        EXPECT_EQ(finding.target, "right-data");
        EXPECT_EQ(finding.verdict, Verdict::fail);
        EXPECT_THAT(finding.why, HasSubstr("1 of 3 cases had wrong data"));
        EXPECT_THAT(finding.why, HasSubstr("rank 1, element 5"));
    }
    RunData pretended = run.measured();
    pretended.fake_library = true;
    EXPECT_EQ(judge(std::span(&met, 1), pretended).verdict, Verdict::not_measured) << "of the stand-in's data";
}

TEST(Judge, nothing_passes_or_fails_on_a_stand_in_not_even_a_run_without_targets)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.0);
    RunData pretended = run.measured();
    pretended.fake_library = true;
    for (const double bound : {0.9, 9.0}) {
        const Finding finding = only_finding(target_of(Metric::weak_efficiency, {}, bound), pretended);
        EXPECT_EQ(finding.verdict, Verdict::not_measured);
        EXPECT_THAT(finding.why, HasSubstr("stand-in"));
    }
    const Judgement judgement = judge({}, pretended);
    EXPECT_EQ(judgement.verdict, Verdict::not_measured);
    ASSERT_EQ(judgement.findings.size(), 1U);
}

TEST(Judge, a_scale_is_not_judged_against_itself_or_a_larger_one)
{
    const MeasuredRun run = weak_scaling({2, 4}, 1.0);
    const Target target = target_of(Metric::weak_efficiency, {}, 0.9);
    const Finding same = only_finding(at(target, {}, 2), run.measured());
    EXPECT_EQ(same.verdict, Verdict::not_measured);
    EXPECT_THAT(same.why, HasSubstr("base and scale are the same (2 ranks)"));
    EXPECT_THAT(only_finding(at(target, 4, 2), run.measured()).why, HasSubstr("below its base (4 ranks)"));

    const MeasuredRun one_scale = weak_scaling({4}, 1.0);
    EXPECT_EQ(only_finding(target, one_scale.measured()).verdict, Verdict::not_measured);
    Target against_all = target;
    against_all.base = ScaleRef{};
    EXPECT_THAT(only_finding(at(against_all, {}, 4), run.measured()).why, HasSubstr("the same (4 ranks)"));
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

TEST(Judge, a_metric_does_not_speak_of_patterns_it_was_not_made_for)
{
    MeasuredRun run;
    for (const char* pattern : {"allreduce", "barrier", "pipeline", "data_parallel"}) {
        run.add(collective_case(pattern, 64, 2), spread_times(1, 0.001));
        run.add(collective_case(pattern, 64, 4), spread_times(1, 0.001));
    }
    struct Row {
        Metric metric;
        const char* pattern;
        const char* why;
    };
    const std::vector<Row> rows{
        {Metric::weak_efficiency, "allreduce",
         "weak_efficiency applies to a training step, not to allreduce. Use busbw_retention"},
        {Metric::linear_speedup, "allreduce", "linear_speedup applies to a training step"},
        {Metric::strong_efficiency, "allreduce", "strong_efficiency applies to a training step"},
        {Metric::strong_efficiency, "data_parallel", "strong_efficiency needs fixed total work"},
        {Metric::strong_efficiency, "pipeline", "strong_efficiency needs fixed total work"},
        {Metric::busbw_retention, "data_parallel", "busbw_retention applies to a collective"},
        {Metric::busbw, "pipeline", "busbw applies to a collective"},
        {Metric::algbw, "pipeline", "algbw applies to a collective"},
        {Metric::busbw, "barrier", "busbw is undefined for barrier, 4 ranks"},
        {Metric::bubble_fraction, "allreduce", "bubble_fraction applies to a workload"},
        {Metric::bubble_fraction, "pipeline", "the case has no compute times stored"},
    };
    for (const Row& row : rows) {
        const Finding finding =
            only_finding(at(target_of(row.metric, {{"pattern", row.pattern}}, 0.1), {}, 4), run.measured());
        EXPECT_EQ(finding.verdict, Verdict::not_measured) << row.pattern;
        EXPECT_THAT(finding.why, HasSubstr(row.why));
    }
}

TEST(Judge, busbw_at_every_scale_leaves_out_the_one_where_it_is_undefined)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 64, 1), spread_times(1, 0.001));
    const Target target = target_of(Metric::busbw, {}, 1e-9);
    EXPECT_EQ(only_finding(target, run.measured()).why, "busbw is undefined on 1 rank");
    run.add(collective_case("allreduce", 64, 2), spread_times(1, 0.001));
    EXPECT_EQ(only_finding(target, run.measured()).verdict, Verdict::pass);
    EXPECT_EQ(only_finding(at(target, {}, 1), run.measured()).verdict, Verdict::not_measured);
}

TEST(Judge, a_base_on_one_node_against_many_must_be_asked_for)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 64, 4, 1), spread_times(1, 0.001));
    run.add(collective_case("allreduce", 64, 8, 2), spread_times(1, 0.001));
    run.add(collective_case("allreduce", 64, 16, 4), spread_times(1, 0.001));
    Target target = at(target_of(Metric::busbw_retention, {}, 0.9), {}, 16);
    const Finding refused = only_finding(target, run.measured());
    EXPECT_EQ(refused.verdict, Verdict::not_measured);
    EXPECT_THAT(refused.why, HasSubstr("its base (4 ranks) lies on one node and the case on 4"));
    EXPECT_EQ(only_finding(at(target, 8, 16), run.measured()).verdict, Verdict::pass);
    target.across_fabrics = true;
    EXPECT_EQ(only_finding(target, run.measured()).verdict, Verdict::pass);
}

TEST(Judge, the_base_is_the_same_measurement_and_if_possible_the_same_rank_set)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("data_parallel", 64, 2);
    run.add(what, spread_times(1, 0.001));
    what.subset = 1;
    run.add(what, spread_times(2, 0.001));
    what.ranks = 4;
    run.add(what, spread_times(4, 0.001));
    what.subset = 2;
    run.add(what, spread_times(4, 0.001));
    what.ranks = 1;
    what.subset = 0;
    what.dtype = DataType::float16;  // another measurement
    run.add(what, spread_times(100, 0.001));

    const Target target = target_of(Metric::weak_efficiency, {{"ranks", "4"}}, 0.1);
    const Judgement judgement = judge_one(target, run.measured());
    ASSERT_EQ(judgement.findings.size(), 2U);
    EXPECT_DOUBLE_EQ(judgement.findings[0].value.estimate.value(), 0.5);   // subset 1 against subset 1
    EXPECT_DOUBLE_EQ(judgement.findings[1].value.estimate.value(), 0.25);  // subset 2 against subset 0
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

TEST(Judge, no_efficiency_is_claimed_where_ranks_take_turns_on_cores_but_times_are_what_they_are)
{
    const MeasuredRun run = weak_scaling({1, 4}, 1.5);
    RunData measured = run.measured();
    measured.core_sharing = [](int id) {
        return id == 1 ? std::optional<std::string>("4 ranks share 2 cores") : std::nullopt;
    };
    const Finding finding = only_finding(at(target_of(Metric::weak_efficiency, {}, 0.9), 1, 4), measured);
    EXPECT_EQ(finding.verdict, Verdict::not_measured);
    EXPECT_EQ(finding.why,
              "no weak_efficiency can be claimed of the case on 4 ranks: 4 ranks share 2 cores and take turns there, "
              "so its time is the scheduler's. Launch on as many cores as ranks");
    EXPECT_EQ(only_finding(at(target_of(Metric::time, {}, 1.0), {}, 4), measured).verdict, Verdict::pass);

    measured.core_sharing = [](int id) {
        return id == 0 ? std::optional<std::string>("2 ranks share 1 core") : std::nullopt;
    };
    const Finding at_base = only_finding(at(target_of(Metric::weak_efficiency, {}, 0.9), 1, 4), measured);
    EXPECT_EQ(at_base.verdict, Verdict::not_measured) << "a base that takes turns makes every efficiency too good";
    EXPECT_THAT(at_base.why, HasSubstr("the case on 1 rank"));
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
