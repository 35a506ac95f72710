// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/applicability.hpp"

#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
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
using test::weak_scaling;
using ::testing::HasSubstr;

TEST(Applicability, what_only_measures_the_network_is_no_training_step)
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

TEST(Applicability, dispatch_and_combine_without_compute_have_a_bandwidth)
{
    MeasuredRun run;
    run.add(collective_case("expert_parallel", 1'000'000, 4), spread_times(1e-3, 0.01)).header.bus_factor = 0.75;
    EXPECT_EQ(judge_one(target_of(Metric::busbw, {}, 0.7), run.measured()).verdict, Verdict::pass);
    EXPECT_EQ(judge_one(target_of(Metric::busbw, {}, 0.8), run.measured()).verdict, Verdict::fail);
}

TEST(Applicability, a_metric_applies_to_the_patterns_it_was_made_for_alone)
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

TEST(Applicability, busbw_at_every_scale_leaves_out_the_one_where_it_is_undefined)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 64, 1), spread_times(1, 0.001));
    const Target target = target_of(Metric::busbw, {}, 1e-9);
    EXPECT_EQ(only_finding(target, run.measured()).why, "busbw is undefined on 1 rank");
    run.add(collective_case("allreduce", 64, 2), spread_times(1, 0.001));
    EXPECT_EQ(only_finding(target, run.measured()).verdict, Verdict::pass);
    EXPECT_EQ(only_finding(at(target, {}, 1), run.measured()).verdict, Verdict::not_measured);
}

TEST(Applicability, no_efficiency_is_claimed_where_ranks_take_turns_on_cores_but_times_are_what_they_are)
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

}  // namespace
}  // namespace plumbline
