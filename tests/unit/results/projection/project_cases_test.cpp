// SPDX-License-Identifier: Apache-2.0
#include "results/projection/project_cases.hpp"

#include "collectives/util/error.hpp"
#include "results/records/machine_state.hpp"
#include "results/verdicts/judge.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A step of 1 s + 0.1 s for each doubling of the ranks.
CaseRecord& add_step(MeasuredRun& run, const CaseIdentity& what, std::size_t samples = 21)
{
    return run.add(what, spread_times(1 + 0.1 * std::log2(what.ranks), 0.0001, samples));
}

MeasuredRun growing(std::initializer_list<int> scales, const std::string& pattern = "data_parallel",
                    std::size_t samples = 21)
{
    MeasuredRun run;
    for (const int ranks : scales) {
        add_step(run, collective_case(pattern, 1024, ranks), samples);
    }
    return run;
}

std::vector<int> scales_of(const CaseProjection& projection)
{
    std::vector<int> scales;
    for (const CaseSummary& c : projection.cases) {
        scales.push_back(c.header.what.ranks);
    }
    return scales;
}

/// The only row of one target.
ProjectedVerdict judged(const RunData& run, const Target& target, int ranks)
{
    const auto verdicts = judge_projections(std::vector{target}, project_cases(run, ranks), run, ranks);
    EXPECT_EQ(verdicts.size(), 1U);
    return verdicts.empty() ? ProjectedVerdict{} : verdicts.front();
}

Target efficiency_of_at_least(double bound, Metric metric = Metric::weak_efficiency)
{
    Target target;
    target.name = "t";
    target.metric = metric;
    target.where = {{"pattern", "data_parallel"}};
    target.at_least = bound;
    return target;
}

TEST(ProjectCases, one_kind_of_step_gives_a_time_and_an_efficiency_that_holds_the_truth)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    const auto projections = project_cases(run.measured(), 32);
    ASSERT_EQ(projections.size(), 1U);
    const CaseProjection& one = projections.front();
    EXPECT_THAT(scales_of(one), ElementsAre(2, 4, 8, 16));
    ASSERT_TRUE(one.time);
    EXPECT_LE(one.time->interval.low, 1.5);
    EXPECT_GE(one.time->interval.high, 1.5);
    EXPECT_DOUBLE_EQ(one.time->ratio, 2);
    EXPECT_EQ(one.no_interval, "");
    ASSERT_TRUE(one.efficiency);
    EXPECT_EQ(one.efficiency->metric, Metric::weak_efficiency);
    EXPECT_EQ(one.efficiency->base_ranks, 2);
    EXPECT_DOUBLE_EQ(one.efficiency->base_s, 1.1);
    EXPECT_LE(one.efficiency->value.interval.value().low, 1.1 / 1.5);
    EXPECT_GE(one.efficiency->value.interval.value().high, 1.1 / 1.5);
}

TEST(ProjectCases, collectives_are_left_out_and_two_scales_are_too_few)
{
    EXPECT_TRUE(project_cases(growing({2, 4, 8}, "allreduce").measured(), 16).empty());
    const MeasuredRun run = growing({2, 4});
    const auto projections = project_cases(run.measured(), 8);
    ASSERT_EQ(projections.size(), 1U);
    EXPECT_FALSE(projections.front().time);
    EXPECT_EQ(projections.front().why, "needs at least 3 scales, has 2");
}

TEST(ProjectCases, scales_whose_ranks_take_turns_on_cores_are_left_out_and_said_to_be)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    RunData measured = run.measured();
    measured.core_sharing = [](int id) { return id == 3 ? std::optional<std::string>("shared") : std::nullopt; };
    const auto projections = project_cases(measured, 32);
    ASSERT_EQ(projections.size(), 1U);
    EXPECT_THAT(scales_of(projections.front()), ElementsAre(2, 4, 8));
    EXPECT_DOUBLE_EQ(projections.front().time.value().ratio, 4);
    EXPECT_THAT(projection_text(projections, {}, 32, 0.95),
                HasSubstr("  left out: 16 ranks, which take turns on cores they share\n"));
    measured.core_sharing = [](int) { return std::optional<std::string>("shared"); };
    EXPECT_EQ(project_cases(measured, 32).front().why, "needs at least 3 scales, has 0");
}

TEST(ProjectCases, a_scale_that_was_measured_or_lies_below_is_refused_with_the_nearest_valid_one)
{
    const MeasuredRun run = growing({2, 4, 8});
    for (const int ranks : {1, 4, 8}) {
        try {
            project_cases(run.measured(), ranks);
            ADD_FAILURE() << ranks;
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr("The nearest valid value is 9"));
        }
    }
}

TEST(ProjectCases, the_interval_decides_and_nothing_is_accepted_beyond_four_times)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    const auto verdict_at = [&](int ranks, const Target& target) { return judged(run.measured(), target, ranks); };
    EXPECT_EQ(verdict_at(32, efficiency_of_at_least(0.1)).verdict, Verdict::pass);
    EXPECT_EQ(verdict_at(32, efficiency_of_at_least(1.2)).verdict, Verdict::fail);
    EXPECT_EQ(verdict_at(32, efficiency_of_at_least(1.1 / 1.5)).verdict, Verdict::inconclusive) << "the truth itself";
    EXPECT_EQ(verdict_at(32, efficiency_of_at_least(1, Metric::linear_speedup)).verdict, Verdict::pass)
        << "16 times the ranks at some 0.73 of their worth";
    EXPECT_TRUE(verdict_at(64, efficiency_of_at_least(0.1)).verdict) << "4 times: the last that counts";
    const ProjectedVerdict far = verdict_at(65, efficiency_of_at_least(0.1));
    EXPECT_FALSE(far.verdict);
    EXPECT_THAT(far.why, HasSubstr("extrapolated, not accepted"));
}

TEST(ProjectCases, without_an_interval_the_prediction_stays_and_no_bound_is_passed_or_failed)
{
    const MeasuredRun few = growing({2, 4, 8, 16}, "data_parallel", 5);
    const auto projections = project_cases(few.measured(), 32);
    ASSERT_EQ(projections.size(), 1U);
    const std::string why = "needs at least 6 samples for an interval, has 5 (write stop.min_samples: 6) on 2 ranks";
    ASSERT_TRUE(projections.front().time);
    EXPECT_EQ(projections.front().no_interval, why);
    ASSERT_TRUE(projections.front().efficiency);
    EXPECT_NEAR(projections.front().efficiency->value.estimate.value(), 1.1 / 1.5, 0.05);
    EXPECT_FALSE(projections.front().efficiency->value.interval);
    EXPECT_THAT(projection_text(projections, {}, 32, 0.95), HasSubstr("no interval: " + why));
    for (const double bound : {0.1, 1.2}) {
        const ProjectedVerdict row = judged(few.measured(), efficiency_of_at_least(bound), 32);
        EXPECT_EQ(row.verdict, Verdict::inconclusive) << bound;
        EXPECT_EQ(row.why, why);
    }
    EXPECT_EQ(judged(growing({2, 4, 8, 16}, "data_parallel", 6).measured(), efficiency_of_at_least(0.1), 32).verdict,
              Verdict::pass);
    EXPECT_FALSE(judged(few.measured(), efficiency_of_at_least(0.1), 65).verdict) << "too far all the same";
}

TEST(ProjectCases, one_scale_without_an_interval_is_named_whether_it_is_the_base_or_not)
{
    MeasuredRun run = growing({2, 4});
    add_step(run, collective_case("data_parallel", 1024, 8), 1);
    const ProjectedVerdict point = judged(run.measured(), efficiency_of_at_least(0.1), 16);
    EXPECT_EQ(point.verdict, Verdict::inconclusive);
    EXPECT_EQ(point.why, "needs at least 6 samples for an interval, has 1 (write stop.min_samples: 6) on 8 ranks");
}

TEST(ProjectCases, scales_measured_in_unlike_states_of_the_machine_give_no_interval)
{
    for (const int state : {1, between_states}) {
        MeasuredRun run = growing({2, 4});
        add_step(run, collective_case("data_parallel", 1024, 8)).machine_state = state;
        const ProjectedVerdict row = judged(run.measured(), efficiency_of_at_least(0.1), 16);
        EXPECT_EQ(row.verdict, Verdict::inconclusive) << state;
        EXPECT_THAT(row.why, HasSubstr("the machine was not the same (base measured in state 0, case"));
    }
}

TEST(ProjectCases, a_target_is_held_against_the_base_that_it_names)
{
    MeasuredRun run = growing({2, 4, 8, 16});
    run.add_unmeasured(collective_case("data_parallel", 1024, 12), CaseStatus::skipped, "no room");
    const auto against = [&](std::optional<ScaleRef> base) {
        Target target = efficiency_of_at_least(0.1);
        target.base = base;
        return judged(run.measured(), target, 32);
    };
    const ProjectedVerdict smallest = against(std::nullopt);
    const ProjectedVerdict eight = against(ScaleRef{8});
    ASSERT_TRUE(smallest.efficiency && eight.efficiency);
    EXPECT_EQ(smallest.efficiency->base_ranks, 2);
    EXPECT_EQ(eight.efficiency->base_ranks, 8);
    EXPECT_DOUBLE_EQ(eight.efficiency->base_s, 1.3);
    const Interval of_two = smallest.efficiency->value.interval.value();
    const Interval of_eight = eight.efficiency->value.interval.value();
    EXPECT_NEAR(of_eight.low / of_two.low, 1.3 / 1.1, 1e-9);
    EXPECT_NEAR(of_eight.high / of_two.high, 1.3 / 1.1, 1e-9);
    EXPECT_EQ(against(ScaleRef{}).efficiency.value().base_ranks, 16) << "all: the largest planned";

    const ProjectedVerdict missing = against(ScaleRef{3});
    EXPECT_FALSE(missing.verdict);
    EXPECT_EQ(missing.why, "there is no base: no such case on 3 ranks");
    const ProjectedVerdict skipped = against(ScaleRef{12});
    EXPECT_FALSE(skipped.verdict);
    EXPECT_EQ(skipped.why, "there is no base: the case on 12 ranks was skipped: no room");
}

TEST(ProjectCases, speedup_and_strong_efficiency_count_the_ranks_from_the_named_base_on)
{
    MeasuredRun run;
    for (const int ranks : {2, 4, 8, 16}) {
        CaseIdentity what = collective_case("training_step", 1024, ranks);
        what.parameters["global_batch"] = "64";
        run.add(what, spread_times(8.0 / ranks, 0.0001));
    }
    Target strong = efficiency_of_at_least(0.1, Metric::strong_efficiency);
    strong.where = {};
    strong.base = ScaleRef{4};
    const ProjectedVerdict row = judged(run.measured(), strong, 32);
    ASSERT_TRUE(row.efficiency);
    EXPECT_NEAR(row.efficiency->value.estimate.value(), 1, 1e-3) << "8 / n s";

    const MeasuredRun weak = growing({2, 4, 8, 16});
    Target speedup = efficiency_of_at_least(0.1, Metric::linear_speedup);
    speedup.base = ScaleRef{8};
    EXPECT_NEAR(judged(weak.measured(), speedup, 32).efficiency.value().value.estimate.value(), 4 * 1.3 / 1.5, 0.2);
}

TEST(ProjectCases, every_condition_of_a_target_chooses_among_the_series_of_a_pattern)
{
    MeasuredRun run = growing({2, 4, 8});
    for (const int ranks : {2, 4, 8}) {
        add_step(run, collective_case("data_parallel", 2048, ranks));
    }
    Target target = efficiency_of_at_least(0.1);
    const auto measured = run.measured();
    EXPECT_EQ(judge_projections(std::vector{target}, project_cases(measured, 16), measured, 16).size(), 2U);
    target.where["bytes"] = "2048";
    const ProjectedVerdict row = judged(measured, target, 16);
    EXPECT_EQ(row.verdict, Verdict::pass);
    EXPECT_THAT(row.at, HasSubstr("2 KiB, 16 ranks"));
    target.where["ranks"] = "16";
    EXPECT_EQ(judged(measured, target, 16).verdict, Verdict::pass);
    target.where["ranks"] = "8";
    const ProjectedVerdict other = judged(measured, target, 16);
    EXPECT_FALSE(other.verdict);
    EXPECT_EQ(other.why, "no workload that was measured matches on 16 ranks");
    EXPECT_EQ(other.at, "data parallel, 2 KiB, 8 ranks");
}

TEST(ProjectCases, a_base_on_one_node_is_held_against_many_only_where_the_target_says_so)
{
    MeasuredRun run;
    for (const auto& [ranks, nodes] : {std::pair{2, 1}, {4, 1}, {8, 2}, {16, 4}}) {
        add_step(run, collective_case("data_parallel", 1024, ranks, nodes));
    }
    Target target = efficiency_of_at_least(0.1);
    const ProjectedVerdict refused = judged(run.measured(), target, 32);
    EXPECT_FALSE(refused.verdict);
    EXPECT_FALSE(refused.efficiency);
    EXPECT_THAT(refused.why, HasSubstr("its base (2 ranks) lies on one node and larger scales on several"));
    target.across_fabrics = true;
    EXPECT_EQ(judged(run.measured(), target, 32).verdict, Verdict::pass);
    target.across_fabrics = false;
    target.base = ScaleRef{8};
    EXPECT_EQ(judged(run.measured(), target, 32).verdict, Verdict::pass);
}

TEST(ProjectCases, a_base_whose_ranks_take_turns_is_refused_as_judging_does)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    RunData measured = run.measured();
    measured.core_sharing = [](int id) { return id == 0 ? std::optional<std::string>("shared") : std::nullopt; };
    Target target = efficiency_of_at_least(0.1);
    const ProjectedVerdict refused = judged(measured, target, 32);
    EXPECT_FALSE(refused.verdict);
    EXPECT_THAT(refused.why, HasSubstr("no weak_efficiency can be claimed of the case on 2 ranks"));
    target.base = ScaleRef{4};
    EXPECT_EQ(judged(measured, target, 32).verdict, Verdict::pass);
}

TEST(ProjectCases, a_target_that_names_another_scale_is_skipped_and_says_so)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    Target target = efficiency_of_at_least(0.1);
    target.at = ScaleRef{16};
    const ProjectedVerdict skipped = judged(run.measured(), target, 32);
    EXPECT_FALSE(skipped.verdict);
    EXPECT_EQ(skipped.why, "applies to 16 ranks, not to 32 (check judges scales that were measured)");
    for (const ScaleRef& at : {ScaleRef{}, ScaleRef{32}}) {
        target.at = at;
        EXPECT_EQ(judged(run.measured(), target, 32).verdict, Verdict::pass);
    }
}

TEST(ProjectCases, a_target_without_a_projection_is_a_row_without_a_verdict_that_says_why)
{
    const MeasuredRun run = growing({2, 4, 8});
    const auto why = [&](const Target& target, const MeasuredRun& of) {
        const ProjectedVerdict row = judged(of.measured(), target, 16);
        EXPECT_FALSE(row.verdict);
        return row.why;
    };
    EXPECT_EQ(why(efficiency_of_at_least(1, Metric::busbw), run),
              "busbw is not projected (weak_efficiency, linear_speedup and strong_efficiency are)");
    EXPECT_THAT(why(efficiency_of_at_least(0.5, Metric::strong_efficiency), run),
                HasSubstr("strong_efficiency needs fixed total work (in data_parallel"));
    Target other = efficiency_of_at_least(0.5);
    other.where = {{"pattern", "training_step"}};
    EXPECT_EQ(why(other, run), "no workload that was measured matches on 16 ranks");
    EXPECT_EQ(why(other, growing({2, 4, 8}, "allreduce")), "no workload was measured");
    EXPECT_EQ(why(efficiency_of_at_least(0.5), growing({2, 4})), "needs at least 3 scales, has 2");
    Target unmeasured;
    unmeasured.metric = Metric::unmeasured;
    unmeasured.unmeasured = "needs thirty days";
    EXPECT_EQ(why(unmeasured, run), "needs thirty days");
}

TEST(ProjectCases, a_workload_that_check_judges_is_judged_here_too)
{
    const MeasuredRun run = growing({2, 4, 8}, "pipeline");
    Target target = efficiency_of_at_least(0.1);
    target.where = {{"pattern", "pipeline"}};
    EXPECT_EQ(judged(run.measured(), target, 16).verdict, Verdict::pass);
}

TEST(ProjectCases, nothing_is_decided_on_a_stand_in_in_the_words_of_judging)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    RunData measured = run.measured();
    measured.fake_library = true;
    const Finding words = judge({}, measured).findings.at(0);
    for (const double bound : {0.1, 1.2}) {
        const ProjectedVerdict row = judged(measured, efficiency_of_at_least(bound), 32);
        EXPECT_EQ(row.verdict, Verdict::not_measured);
        EXPECT_EQ(row.why, words.why);
    }
    const auto asked_nothing = judge_projections({}, project_cases(measured, 32), measured, 32);
    ASSERT_EQ(asked_nothing.size(), 1U);
    EXPECT_EQ(asked_nothing.front().verdict, Verdict::not_measured);
    EXPECT_EQ(asked_nothing.front().target, words.target);
    EXPECT_EQ(asked_nothing.front().why, words.why);
}

TEST(ProjectCases, a_run_that_is_not_complete_has_a_row_of_its_own_where_there_are_targets)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    RunData measured = run.measured();
    measured.complete = false;
    const std::vector<Target> targets{efficiency_of_at_least(0.1)};
    const auto projections = project_cases(measured, 32);
    const auto rows = judge_projections(targets, projections, measured, 32);
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows.front().verdict, Verdict::pass);
    EXPECT_EQ(rows.back().verdict, Verdict::not_measured);
    const Finding words = judge(targets, measured).findings.back();
    EXPECT_EQ(rows.back().target, words.target);
    EXPECT_EQ(rows.back().why, words.why);
    EXPECT_TRUE(judge_projections({}, projections, measured, 32).empty());
}

TEST(ProjectCases, rows_name_verdict_number_base_and_reason)
{
    const MeasuredRun run = growing({2, 4, 8, 16});
    const auto measured = run.measured();
    const auto projections = project_cases(measured, 32);
    const auto text_of = [&](const Target& target) {
        const auto rows = judge_projections(std::vector{target}, projections, measured, 32);
        return projection_text(projections, rows, 32, 0.95);
    };
    const std::string passed = text_of(efficiency_of_at_least(0.1));
    EXPECT_THAT(passed, HasSubstr("\nPASS t: weak_efficiency 0.7"));
    EXPECT_THAT(passed, HasSubstr("] at data parallel, 1 KiB, 32 ranks (base 2 ranks: 1.10 s; work per rank fixed)\n"));
    EXPECT_THAT(text_of(efficiency_of_at_least(1, Metric::busbw)),
                HasSubstr("\nno verdict t: data parallel: busbw is not projected"));
}

}  // namespace
}  // namespace plumbline
