// SPDX-License-Identifier: Apache-2.0
#include "results/report/explanations.hpp"

#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::report {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// allreduce of 1 GB, busbw 1 / seconds GB/s times 2 (n - 1) / n.
test::MeasuredRun scales(std::initializer_list<std::pair<int, double>> seconds)
{
    test::MeasuredRun run;
    for (const auto& [ranks, s] : seconds) {
        run.add(test::collective_case("allreduce", 1'000'000'000, ranks), test::spread_times(s, 0.001));
    }
    return run;
}

std::vector<std::string> said(const test::MeasuredRun& made, const Target& target,
                              std::span<const Disturbance> disturbances = {})
{
    const RunData data = made.measured();
    ReportedRun run;
    run.cases = data.cases;
    run.judgement = judge(std::vector{target}, data);
    std::vector<std::string> texts;
    for (const Explanation& one : explanations(run, disturbances)) {
        for (const Sentence& sentence : one.says) {
            texts.push_back(sentence.english());
        }
    }
    return texts;
}

TEST(Explanations, AFailSaysByHowMuchAndAtWhichScaleItBegins)
{
    const auto made = scales({{2, 1}, {4, 1.5}, {8, 7}});
    const auto texts = said(made, test::at(test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5), {}, 8));
    EXPECT_THAT(texts, Contains(HasSubstr("missed by 50 % of the bound")));
    EXPECT_THAT(texts, Contains("it begins on 8 ranks (0.25 GB/s); on 4 ranks it is still met (1 GB/s)"));
    EXPECT_THAT(texts, Contains("meanwhile nothing disturbed the machine that was seen"));
}

TEST(Explanations, OneThatWasNeverMetSaysThatItBeginsAtTheSmallestScale)
{
    const auto made = scales({{2, 4}, {4, 6}});
    EXPECT_THAT(said(made, test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5)),
                Contains("it is missed from the smallest scale on: 0.25 GB/s on 2 ranks"));
}

TEST(Explanations, TellWhatTheMachineDidToThatCaseAlone)
{
    const auto made = scales({{2, 1}, {4, 6}});
    const Target target = test::at(test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5), {}, 4);
    const std::vector<Disturbance> of_other{{.case_id = 0, .what = std::string("it slept")}};
    const std::vector<Disturbance> of_this{{.case_id = 1, .what = std::string("it slept")}};
    EXPECT_THAT(said(made, target, of_this), Contains("meanwhile on the machine: it slept"));
    EXPECT_THAT(said(made, target, of_other), Contains("meanwhile nothing disturbed the machine that was seen"));
}

TEST(Explanations, WhatPassesNeedsNone)
{
    EXPECT_THAT(said(scales({{2, 1}, {4, 1}}), test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5)),
                IsEmpty());
}

TEST(Conclusion, IsOneSentenceForEachVerdict)
{
    const auto made = scales({{2, 1}, {4, 6}});
    const auto conclude = [&](double least, const char* pattern) {
        const RunData data = made.measured();
        return conclusion_of(
                   judge(std::vector{test::at(test::target_of(Metric::busbw, {{"pattern", pattern}}, least), {}, 4)},
                         data),
                   "t")
            .english();
    };
    EXPECT_THAT(conclude(0.1, "allreduce"), HasSubstr("met: busbw 0.25 ["));
    EXPECT_THAT(conclude(0.5, "allreduce"), HasSubstr("not met: busbw 0.25 ["));
    EXPECT_THAT(conclude(0.25, "allreduce"), HasSubstr("open: "));
    EXPECT_THAT(conclude(0.25, "broadcast"), HasSubstr("without a valid measurement: no case is of"));
    EXPECT_EQ(conclusion_of({}, "t").english(), "");
}

}  // namespace
}  // namespace plumbline::report
