// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/causes.hpp"

#include "results/records/case_identity.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"
#include "tests/support/measured_run.hpp"
#include "tests/support/nodes_and_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::nodes;
using test::spread_times;
using ::testing::HasSubstr;
using ::testing::Not;

/// An allreduce of 4 MB on 4 ranks, whose algbw is 4 MB over its time; by the library's choice where none is named.
CaseIdentity allreduce(const std::string& algorithm = "")
{
    CaseIdentity what = collective_case("allreduce", 4'000'000, 4, 4);
    if (!algorithm.empty()) {
        what.parameters["algorithm"] = algorithm;
    }
    return what;
}

/// At least 2 GB/s of what the library chooses: 2 ms at most.
Target two_gigabytes_per_s()
{
    Target target;
    target.name = "fast";
    target.metric = Metric::algbw;
    target.where = {{"pattern", "allreduce"}};
    target.at_least = 2;
    return target;
}

/// What a FAIL of the library's choice says.
std::string why(const MeasuredRun& run, const Target& target = two_gigabytes_per_s())
{
    const Judgement judgement = judge(std::vector{target}, run.measured());
    EXPECT_EQ(judgement.findings.size(), 1U);
    EXPECT_EQ(judgement.findings.at(0).verdict, Verdict::fail);
    return judgement.findings.at(0).why.english();
}

MeasuredRun chosen_at(double seconds)
{
    MeasuredRun run;
    run.add(allreduce(), spread_times(seconds, 0.001));
    return run;
}

TEST(Causes, the_choice_of_the_library_is_one_where_another_of_its_algorithms_passes)
{
    MeasuredRun run = chosen_at(4e-3);
    run.add(allreduce("recursive_doubling"), spread_times(3e-3, 0.001));
    run.add(allreduce("segmented_ring"), spread_times(1e-3, 0.001));
    run.add(allreduce("ring"), spread_times(1.6e-3, 0.001));
    const std::string said = why(run);
    EXPECT_THAT(said, HasSubstr("missed by 50 % of the bound"));
    EXPECT_THAT(said, HasSubstr("algorithm segmented_ring passes with 4 ["));
    EXPECT_THAT(said, HasSubstr("the library's choice is the cause"));
}

TEST(Causes, the_choice_of_the_library_is_none_where_no_algorithm_passes)
{
    MeasuredRun run = chosen_at(4e-3);
    EXPECT_THAT(why(run), Not(HasSubstr("algorithm")));
    run.add(allreduce("recursive_doubling"), spread_times(3e-3, 0.001));
    EXPECT_THAT(why(run), HasSubstr("algorithm recursive_doubling reads 1.33"));
    EXPECT_THAT(why(run), HasSubstr("which doesn't pass either"));
    run.add(allreduce("ring"), spread_times(2.5e-3, 0.001));
    EXPECT_THAT(why(run), HasSubstr("none of 2 other algorithms of the library passes, the best is ring with 1.6 ["));
    // An interval that straddles the bound doesn't meet it.
    run.add(allreduce("rabenseifner"), spread_times(2e-3, 0.01));
    EXPECT_THAT(why(run), HasSubstr("none of 3 other algorithms of the library passes, the best is rabenseifner"));
}

TEST(Causes, algorithms_of_other_cases_and_cases_that_were_not_measured_say_nothing)
{
    MeasuredRun run = chosen_at(4e-3);
    CaseIdentity other = allreduce("ring");
    other.bytes = 8'000'000;
    run.add(other, spread_times(1e-3, 0.001));
    run.add_unmeasured(allreduce("linear"), CaseStatus::failed, "out of memory");
    Target of_this_size = two_gigabytes_per_s();
    of_this_size.where["bytes"] = "4000000";
    EXPECT_THAT(why(run, of_this_size), Not(HasSubstr("algorithm")));
}

TEST(Causes, of_a_target_that_names_the_algorithm_there_is_no_choice)
{
    MeasuredRun run = chosen_at(4e-3);
    run.add(allreduce("ring"), spread_times(3e-3, 0.001));
    run.add(allreduce("segmented_ring"), spread_times(1e-3, 0.001));
    Target of_ring = two_gigabytes_per_s();
    of_ring.where["algorithm"] = "ring";
    EXPECT_THAT(why(run, of_ring), Not(HasSubstr("passes")));
    Target of_used;
    of_used.metric = Metric::fraction_of_attainable;
    EXPECT_TRUE(speaks_of_choice(of_used));
    of_used.algorithm.kind = AlgorithmReference::Kind::used;
    EXPECT_FALSE(speaks_of_choice(of_used));
}

TEST(Causes, who_is_slow_is_named_where_it_lies_on_the_nodes_of_the_case)
{
    const MeasuredRun run = chosen_at(4e-3);
    RunData measured = run.measured();
    measured.nodes_of_ranks = [](int) { return nodes(4, 1); };
    const auto with = [&](std::vector<SlowPart> slow) {
        Judgement judgement = judge(std::vector{two_gigabytes_per_s()}, measured);
        name_slow_parts(judgement, measured, slow);
        return judgement.findings.at(0).why.english();
    };
    const SlowPart on_node_2{.what = "host3 NIC (-50 % [-51, -49] bandwidth)", .nodes = {2}};
    EXPECT_THAT(with({on_node_2, on_node_2}),
                HasSubstr("; diagnose names host3 NIC (-50 % [-51, -49] bandwidth) on the nodes of this case"));
    EXPECT_THAT(with({{.what = "host9 NIC", .nodes = {8}}}), Not(HasSubstr("diagnose")));
    // A link of which one end is elsewhere is not gone over.
    EXPECT_THAT(with({{.what = "link host1 - host9", .nodes = {0, 8}, .needs_all = true}}), Not(HasSubstr("diagnose")));
    EXPECT_THAT(with({{.what = "link host1 - host4", .nodes = {0, 3}, .needs_all = true}}),
                HasSubstr("names link host1 - host4 on"));
    EXPECT_THAT(with({}), Not(HasSubstr("diagnose")));
}

TEST(Causes, what_passes_needs_none)
{
    MeasuredRun run = chosen_at(1e-3);
    run.add(allreduce("ring"), spread_times(0.5e-3, 0.001));
    RunData measured = run.measured();
    measured.nodes_of_ranks = [](int) { return nodes(4, 1); };
    Judgement judgement = judge(std::vector{two_gigabytes_per_s()}, measured);
    name_slow_parts(judgement, measured, std::vector<SlowPart>{{.what = "host3 NIC", .nodes = {2}}});
    EXPECT_EQ(judgement.verdict, Verdict::pass);
    EXPECT_EQ(judgement.findings.at(0).why, "");
}

}  // namespace
}  // namespace plumbline
