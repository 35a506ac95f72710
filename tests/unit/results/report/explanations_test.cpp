// SPDX-License-Identifier: Apache-2.0
#include "results/report/explanations.hpp"

#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::report {
namespace {

using ::testing::HasSubstr;

/// allreduce of 1 GB, busbw 1 / seconds GB/s times 2 (n - 1) / n.
test::MeasuredRun scales(std::initializer_list<std::pair<int, double>> seconds)
{
    test::MeasuredRun run;
    for (const auto& [ranks, s] : seconds) {
        run.add(test::collective_case("allreduce", 1'000'000'000, ranks), test::spread_times(s, 0.001));
    }
    return run;
}

TEST(Explanations, BeginWithWhatWasMeasuredAndByHowMuchItIsMissed)
{
    const auto made = scales({{2, 1}, {4, 1.5}, {8, 7}});
    const RunData data = made.measured();
    const std::vector targets{test::at(test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5), {}, 8)};
    Judgement judgement = judge(targets, data);
    judgement.explanations = {{.target = "t", .case_id = 2, .says = {std::string("it slept")}}};
    const auto all = explanations(judgement);
    ASSERT_EQ(all.size(), 1U);
    ASSERT_EQ(all[0].says.size(), 2U);
    EXPECT_THAT(all[0].says[0].english(), HasSubstr("missed by 50 % of the bound"));
    EXPECT_EQ(all[0].says[1].english(), "it slept");
    EXPECT_TRUE(explanations({}).empty());
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
