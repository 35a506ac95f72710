// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/case_count.hpp"

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
using ::testing::HasSubstr;

TEST(CaseCount, counts_are_exact_and_of_what_was_looked_at)
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
    EXPECT_THAT(failed.why, HasSubstr("the first is all-to-all"));

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

TEST(CaseCount, wrong_data_is_counted_in_cases)
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

TEST(CaseCount, wrong_data_is_told_in_elements_too)
{
    MeasuredRun run;
    const std::string why = "wrong data on rank 1, element 2";
    run.add_unmeasured(collective_case("alltoall", 8, 4), CaseStatus::failed, why).header.wrong_elements = 1040;
    run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.01)).header.verification = Verification::verified;
    Target target;
    target.name = "t";
    target.metric = Metric::wrong_elements;
    target.at_most = 0;
    const auto counted = [&](Metric metric) {
        target.metric = metric;
        return judge_one(target, run.measured()).findings;
    };
    EXPECT_EQ(counted(Metric::wrong_elements).at(0).verdict, Verdict::fail);
    EXPECT_EQ(counted(Metric::wrong_elements).at(0).value.estimate, 1040);
    EXPECT_THAT(counted(Metric::wrong_elements).at(0).why.english(),
                ::testing::StartsWith("in 1 case; the first is all-to-all"));
    EXPECT_EQ(counted(Metric::wrong_data_cases).at(0).value.estimate, 1);
    EXPECT_THAT(counted(Metric::wrong_data_cases).at(0).why.english(),
                ::testing::StartsWith("1040 elements in them; the first"));
    EXPECT_THAT(counted(Metric::wrong_elements).back().why, HasSubstr("1 of 2 cases had wrong data (1040 elements)"));
    // A case that didn't count them, such as one of an older file, has one at least.
    run.add_unmeasured(collective_case("alltoall", 16, 4), CaseStatus::failed, why);
    EXPECT_EQ(counted(Metric::wrong_elements).at(0).value.estimate, 1041);
    EXPECT_THAT(counted(Metric::wrong_elements).at(0).why, HasSubstr("at least so many, in 2 cases"));
    EXPECT_THAT(counted(Metric::wrong_data_cases).at(0).why, HasSubstr("at least 1041 elements"));
}

TEST(CaseCount, no_wrong_element_passes_where_all_data_was_checked)
{
    MeasuredRun run;
    CaseRecord& checked = run.add(collective_case("allreduce", 8, 4), spread_times(1, 0.01));
    checked.header.verification = Verification::verified;
    Target target;
    target.name = "t";
    target.metric = Metric::wrong_elements;
    target.at_most = 0;
    EXPECT_EQ(judge_one(target, run.measured()).verdict, Verdict::pass);
    checked.header.verification = Verification::off;
    EXPECT_EQ(judge_one(target, run.measured()).verdict, Verdict::not_measured);
}

}  // namespace
}  // namespace plumbline
