// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/target_scale.hpp"

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
using test::on_nodes;
using test::only_finding;
using test::spread_times;
using test::target_of;
using test::weak_scaling;
using ::testing::HasSubstr;

TEST(TargetScale, scales_in_nodes_are_the_most_ranks_on_so_many)
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

TEST(TargetScale, what_was_not_measured_at_the_scale_of_its_target_does_not_go_unsaid)
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
    EXPECT_THAT(judgement.findings[1].at, HasSubstr("all-to-all"));
    EXPECT_THAT(judgement.findings[1].why, HasSubstr("was not measured on 8 ranks"));
}

TEST(TargetScale, a_clause_on_nodes_is_about_nodes_of_the_size_that_it_states)
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

TEST(TargetScale, a_scale_is_not_judged_against_itself_or_a_larger_one)
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

TEST(TargetScale, a_base_on_one_node_against_many_must_be_asked_for)
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

TEST(TargetScale, the_base_is_the_same_measurement_and_if_possible_the_same_rank_set)
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

}  // namespace
}  // namespace plumbline
