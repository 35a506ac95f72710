// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/scaling.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/records/scaling_row.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;

TEST(ScalingTable, gives_weak_efficiency_and_speedup_of_data_parallel)
{
    MeasuredRun run;
    run.add(collective_case("data_parallel", 4096, 1), spread_times(1.0, 0.001));
    run.add(collective_case("data_parallel", 4096, 4), spread_times(1.25, 0.001));
    const auto rows = scaling_table(run.measured());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].ranks, 1);
    EXPECT_EQ(rows[0].efficiency, 1.0);
    EXPECT_EQ(rows[0].speedup, 1.0);
    EXPECT_EQ(rows[0].interval, std::nullopt);

    const ScalingRow& row = rows[1];
    EXPECT_EQ(row.metric, Metric::weak_efficiency);
    EXPECT_EQ(row.case_id, 1);
    EXPECT_EQ(row.base_case_id, 0);
    EXPECT_EQ(row.pattern, "data_parallel");
    EXPECT_EQ(row.bytes, 4096U);
    EXPECT_EQ(row.base_ranks, 1);
    EXPECT_EQ(row.base_value, 1.0);
    EXPECT_EQ(row.base_unit, "s");
    EXPECT_EQ(row.held_fixed, "work per rank");
    EXPECT_DOUBLE_EQ(row.efficiency, 0.8);
    EXPECT_DOUBLE_EQ(row.speedup.value(), 3.2);
    ASSERT_TRUE(row.interval);
    EXPECT_LT(row.interval->low, 0.8);
    EXPECT_GT(row.interval->high, 0.8);
}

TEST(ScalingTable, gives_busbw_retention_of_collectives_from_two_ranks_on)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 1000, 1), spread_times(1e-9, 0.001));
    run.add(collective_case("allreduce", 1000, 2, 1), spread_times(1e-6, 0.001));
    run.add(collective_case("allreduce", 1000, 4, 2), spread_times(2e-6, 0.001));
    const auto rows = scaling_table(run.measured());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].ranks, 2);
    EXPECT_FALSE(rows[0].across_fabrics);
    EXPECT_EQ(rows[1].metric, Metric::busbw_retention);
    EXPECT_NEAR(rows[1].efficiency, 0.75, 1e-12);
    EXPECT_DOUBLE_EQ(rows[1].base_value, 1e9);
    EXPECT_EQ(rows[1].base_unit, "B/s");
    EXPECT_EQ(rows[1].held_fixed, "S");
    EXPECT_EQ(rows[1].speedup, std::nullopt);
    EXPECT_TRUE(rows[1].across_fabrics);
}

TEST(ScalingTable, has_no_rows_where_there_is_nothing_to_compare)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.001));   // one scale
    run.add(collective_case("allreduce", 64, 2), spread_times(1, 0.001));  // another size
    run.add(collective_case("barrier", 0, 2), spread_times(1, 0.001));     // no bandwidth
    run.add(collective_case("barrier", 0, 4), spread_times(1, 0.001));
    run.add(collective_case("data_parallel", 8, 2), spread_times(1, 0.001));  // its only partner failed
    run.add_unmeasured(collective_case("data_parallel", 8, 1), CaseStatus::failed, "wrong data");
    run.add(collective_case("pipeline", 8, 1), spread_times(1, 0.001));  // judged on request, not in the table
    run.add(collective_case("pipeline", 8, 2), spread_times(1, 0.001));
    EXPECT_TRUE(scaling_table(run.measured()).empty());
    EXPECT_TRUE(scaling_table(RunData{}).empty());
}

TEST(ScalingTable, a_case_whose_ranks_take_turns_on_cores_has_no_row_and_is_nobodys_partner)
{
    MeasuredRun run;
    run.add(collective_case("data_parallel", 8, 1), spread_times(1, 0.001));
    run.add(collective_case("data_parallel", 8, 2), spread_times(1, 0.001));
    run.add(collective_case("data_parallel", 8, 4), spread_times(2, 0.001));
    RunData measured = run.measured();
    measured.core_sharing = [](int id) {
        return id == 2 ? std::optional<std::string>("4 ranks share 2 cores") : std::nullopt;
    };
    const auto rows = scaling_table(measured);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows.back().ranks, 2);
    measured.core_sharing = [](int id) { return id > 0 ? std::optional<std::string>("shared") : std::nullopt; };
    EXPECT_TRUE(scaling_table(measured).empty());
}

TEST(ScalingTable, the_base_is_the_smallest_scale_whatever_the_order)
{
    MeasuredRun run;
    run.add(collective_case("data_parallel", 8, 8), spread_times(4, 0.001));
    run.add(collective_case("data_parallel", 8, 2), spread_times(2, 0.001, 3));
    run.add(collective_case("data_parallel", 8, 3), spread_times(2, 0.001));
    const auto rows = scaling_table(run.measured());
    ASSERT_EQ(rows.size(), 3U);
    for (const ScalingRow& row : rows) {
        EXPECT_EQ(row.base_case_id, 1);
    }
    EXPECT_DOUBLE_EQ(rows[0].speedup.value(), 2.0);  // half the efficiency on four times the ranks
    EXPECT_EQ(rows[0].interval, std::nullopt);       // three samples at the base
}

TEST(Base, is_of_the_same_measurement_which_only_scale_and_rank_set_may_differ_from)
{
    const CaseIdentity one = collective_case("broadcast", 8, 2, 1);
    const auto still_same = [&](auto change) {
        CaseIdentity other = one;
        change(other);
        return same_but_scale(one, other);
    };
    EXPECT_TRUE(still_same([](CaseIdentity& c) { c.ranks = 8; }));
    EXPECT_TRUE(still_same([](CaseIdentity& c) { c.nodes = 8; }));
    EXPECT_TRUE(still_same([](CaseIdentity& c) { c.subset = 8; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.pattern = "reduce"; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.bytes = 9; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.dtype = DataType::int8; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.op = ReduceOp::min; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.in_place = true; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.root = 1; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.placement = Placement::spread; }));
    EXPECT_FALSE(still_same([](CaseIdentity& c) { c.parameters["pairs"] = "halves"; }));
}

TEST(Base, is_never_another_rank_set_than_its_own_or_number_0)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("data_parallel", 8, 2);
    what.subset = 1;
    run.add(what, spread_times(1, 0.001));
    what.ranks = 4;
    what.subset = 2;
    run.add(what, spread_times(1, 0.001));
    const RunData measured = run.measured();
    EXPECT_EQ(find_base(Metric::weak_efficiency, measured.cases[1], 2, measured), nullptr);
    EXPECT_EQ(find_base(Metric::weak_efficiency, measured.cases[1], std::nullopt, measured), &measured.cases[1]);
}

TEST(Base, a_time_of_zero_is_no_value)
{
    MeasuredRun run;
    run.add(collective_case("data_parallel", 8, 1), std::vector<double>(10, 0.0));
    run.add(collective_case("data_parallel", 8, 2), spread_times(1, 0.001));
    const RunData measured = run.measured();
    EXPECT_EQ(scaling_value(Metric::weak_efficiency, measured.cases[0]), std::nullopt);
    EXPECT_EQ(find_base(Metric::weak_efficiency, measured.cases[1], 1, measured), nullptr);
}

TEST(ScalingTable, has_no_interval_where_base_and_case_saw_different_machine_states)
{
    MeasuredRun run;
    run.add(collective_case("data_parallel", 4096, 1), spread_times(1.0, 0.001));
    run.add(collective_case("data_parallel", 4096, 2), spread_times(1.25, 0.001)).machine_state = 1;
    run.add(collective_case("data_parallel", 4096, 4), spread_times(1.25, 0.001)).machine_state = between_states;
    const auto rows = scaling_table(run.measured());
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_FALSE(rows[1].interval);
    EXPECT_FALSE(rows[2].interval);

    Target target;
    target.metric = Metric::weak_efficiency;
    target.at_least = 0.1;
    target.at = ScaleRef{2};
    const Judgement judgement = judge(std::vector{target}, run.measured());
    EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
    EXPECT_EQ(judgement.findings.at(0).why,
              "the machine was not the same (base measured in state 0, case in state 1; see 'plumbline show'). More "
              "rounds give both a common state");
}

TEST(CaseTimes, reads_each_case_once)
{
    RunData run;
    int reads = 0;
    run.observations = [&](int id) {
        ++reads;
        return std::vector<double>{static_cast<double>(id)};
    };
    CaseTimes times(run);
    EXPECT_EQ(times(5), std::vector<double>{5});
    EXPECT_EQ(times(5), std::vector<double>{5});
    EXPECT_EQ(times(6), std::vector<double>{6});
    EXPECT_EQ(reads, 2);
}

}  // namespace
}  // namespace plumbline
