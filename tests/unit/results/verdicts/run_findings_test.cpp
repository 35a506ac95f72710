// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/run_findings.hpp"

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
using test::target_of;
using test::training_step;
using test::weak_scaling;
using ::testing::HasSubstr;

TEST(RunFindings, what_failed_or_was_skipped_is_never_green)
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

TEST(RunFindings, a_stopped_run_is_not_green_whatever_was_measured)
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

TEST(RunFindings, a_run_without_targets_is_not_green_where_a_case_failed_or_none_was_measured)
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

TEST(RunFindings, wrong_data_in_any_case_fails_the_run_whatever_its_targets_say)
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

TEST(RunFindings, nothing_passes_or_fails_on_a_stand_in_not_even_a_run_without_targets)
{
    const MeasuredRun run = weak_scaling({1, 2}, 1.0);
    RunData pretended = run.measured();
    pretended.fake_library = true;
    for (const double bound : {0.9, 9.0}) {
        const Finding finding = only_finding(target_of(Metric::weak_efficiency, {}, bound), pretended);
        EXPECT_EQ(finding.verdict, Verdict::not_measured);
        EXPECT_THAT(finding.why, HasSubstr("stand-in"));
    }
    Target asked;
    asked.name = "optics";
    asked.metric = Metric::unmeasured;
    asked.unmeasured = "modules can be replaced while powered";
    EXPECT_EQ(only_finding(asked, pretended).why, asked.unmeasured) << "the real library would not help";
    EXPECT_THAT(only_finding(target_of(Metric::mtbf, {}, 9), pretended).why, HasSubstr("is of a soak"));
    const Judgement judgement = judge({}, pretended);
    EXPECT_EQ(judgement.verdict, Verdict::not_measured);
    ASSERT_EQ(judgement.findings.size(), 1U);
}

}  // namespace
}  // namespace plumbline
