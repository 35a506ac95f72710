// SPDX-License-Identifier: Apache-2.0
#include "results/explanation/explain.hpp"

#include "results/verdicts/judge.hpp"
#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* untried =
    "whether another algorithm of the library passes was not measured (algorithms: all of the case does)";

/// allreduce of 1 GB, busbw 1 / seconds GB/s times 2 (n - 1) / n.
test::MeasuredRun scales(std::initializer_list<std::pair<int, double>> seconds)
{
    test::MeasuredRun run;
    for (const auto& [ranks, s] : seconds) {
        run.add(test::collective_case("allreduce", 1'000'000'000, ranks), test::spread_times(s, 0.001));
    }
    return run;
}

std::vector<std::string> said(const test::MeasuredRun& made, const Target& target)
{
    const RunData data = made.measured();
    const std::vector targets{target};
    std::vector<std::string> texts;
    for (const Explanation& one : explain(judge(targets, data), targets, data)) {
        for (const Sentence& sentence : one.says) {
            texts.push_back(sentence.english());
        }
    }
    return texts;
}

Target busbw(double least)
{
    return test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, least);
}

TEST(Explain, a_fail_says_at_which_scale_it_begins)
{
    const auto made = scales({{2, 1}, {4, 1.5}, {8, 7}});
    EXPECT_THAT(said(made, test::at(busbw(0.5), {}, 8)),
                ElementsAre("it begins on 8 ranks (0.25 GB/s); on 4 ranks it is still met (1 GB/s)", untried));
}

TEST(Explain, a_fail_of_an_efficiency_says_it_too)
{
    // Retention of 2 ranks' busbw: 1, 0.96 and 0.24.
    const auto made = scales({{2, 1}, {4, 1.5 / 0.96}, {8, 1.75 / 0.24}});
    const Target target = test::at(test::target_of(Metric::busbw_retention, {{"pattern", "allreduce"}}, 0.9), 2, 8);
    EXPECT_THAT(said(made, target), Contains("it begins on 8 ranks (0.24); on 4 ranks it is still met (0.96)"));
}

TEST(Explain, one_that_was_never_met_says_that_it_begins_at_the_smallest_scale)
{
    EXPECT_THAT(said(scales({{2, 4}, {4, 6}}), busbw(0.5)),
                Contains("it is missed from the smallest scale on: 0.25 GB/s on 2 ranks"));
}

TEST(Explain, one_that_comes_and_goes_lists_its_scales)
{
    EXPECT_THAT(said(scales({{2, 4}, {4, 1.5}, {8, 7}}), test::at(busbw(0.5), {}, 8)),
                Contains("it is missed on 2 ranks (0.25 GB/s), 8 ranks (0.25 GB/s); it is met on 4 ranks (1 GB/s)"));
    EXPECT_THAT(said(scales({{2, 4}, {4, 1.5}}), busbw(0.5)),
                Contains("it is missed on 2 ranks (0.25 GB/s); it is met on 4 ranks (1 GB/s)"));
}

TEST(Explain, counts_the_cases_of_the_scale_that_miss_it)
{
    auto made = scales({{4, 6}});
    auto in_place = test::collective_case("allreduce", 1'000'000'000, 4);
    in_place.in_place = true;
    made.add(in_place, test::spread_times(1.5, 0.001));
    EXPECT_THAT(said(made, busbw(0.5)), Contains("1 of 2 cases on 4 ranks miss it"));
}

TEST(Explain, says_nothing_of_algorithms_where_one_was_tried_or_there_is_no_choice)
{
    auto made = scales({{4, 6}});
    auto ring = test::collective_case("allreduce", 1'000'000'000, 4);
    ring.parameters["algorithm"] = "ring";
    made.add(ring, test::spread_times(7, 0.001));
    EXPECT_THAT(said(made, busbw(0.5)), Not(Contains(untried)));
    test::MeasuredRun pairs;
    pairs.add(test::collective_case("pingpong", 1'000'000'000, 2), test::spread_times(6, 0.001));
    EXPECT_THAT(said(pairs, test::target_of(Metric::busbw, {{"pattern", "pingpong"}}, 5)), IsEmpty());
}

TEST(Explain, what_passes_needs_none)
{
    EXPECT_THAT(said(scales({{2, 1}, {4, 1}}), busbw(0.5)), IsEmpty());
}

TEST(Meanwhile, is_what_disturbed_the_case_or_that_nothing_did)
{
    const std::vector<Disturbance> found{{.case_id = 1, .what = std::string("it slept")}};
    EXPECT_EQ(meanwhile_said(found).english(), "meanwhile on the machine: it slept");
    EXPECT_THAT(meanwhile_said({}).english(), HasSubstr("nothing disturbed the machine"));
}

}  // namespace
}  // namespace plumbline
