#include "results/project_cases.hpp"

#include "collectives/error.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <optional>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Steps of 1 s + 0.1 s for each doubling of the ranks.
MeasuredRun growing(std::initializer_list<int> scales, const std::string& pattern = "data_parallel")
{
    MeasuredRun run;
    for (const int ranks : scales) {
        run.add(collective_case(pattern, 1024, ranks), spread_times(1 + 0.1 * std::log2(ranks), 0.0001));
    }
    return run;
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
    EXPECT_THAT(one.scales, ElementsAre(2, 4, 8, 16));
    ASSERT_TRUE(one.time);
    EXPECT_LE(one.time->interval.low, 1.5);
    EXPECT_GE(one.time->interval.high, 1.5);
    EXPECT_DOUBLE_EQ(one.time->ratio, 2);
    EXPECT_EQ(one.metric, Metric::weak_efficiency);
    EXPECT_EQ(one.base_ranks, 2);
    EXPECT_DOUBLE_EQ(one.base_s, 1.1);
    EXPECT_LE(one.efficiency_interval.value().low, 1.1 / 1.5);
    EXPECT_GE(one.efficiency_interval.value().high, 1.1 / 1.5);
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
    Measured measured = run.measured();
    measured.core_sharing = [](int id) { return id == 3 ? std::optional<std::string>("shared") : std::nullopt; };
    const auto projections = project_cases(measured, 32);
    ASSERT_EQ(projections.size(), 1U);
    EXPECT_THAT(projections.front().scales, ElementsAre(2, 4, 8));
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
    const auto verdict_at = [&](int ranks, const Target& target) {
        const auto projections = project_cases(run.measured(), ranks);
        const auto verdicts = judge_projections(std::vector{target}, projections, ranks);
        EXPECT_EQ(verdicts.size(), 1U);
        return verdicts.front();
    };
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

TEST(ProjectCases, targets_on_other_patterns_or_metrics_say_nothing)
{
    const MeasuredRun run = growing({2, 4, 8});
    const auto projections = project_cases(run.measured(), 16);
    Target other = efficiency_of_at_least(0.5);
    other.where = {{"pattern", "training_step"}};
    EXPECT_TRUE(judge_projections(std::vector{other}, projections, 16).empty());
    EXPECT_TRUE(judge_projections(std::vector{efficiency_of_at_least(1, Metric::busbw)}, projections, 16).empty());
}

}  // namespace
}  // namespace plumbline
