// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/plan_algorithms.hpp"

#include "collectives/util/error.hpp"
#include "tests/support/planned.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::even;
using test::scenario;
using testing::ElementsAre;

AvailableAlgorithms two_rings()
{
    return {.of = {{Collective::allreduce,
                    {{.name = "ring", .most_ranks = 0, .setting = "R=1"},
                     {.name = "pair", .most_ranks = 2, .setting = "R=2"}}}},
            .why_not = ""};
}

/// "algorithm/ranks" of each case, "-" for the library's choice; " skip" behind those that can't run.
std::vector<std::string> algorithms_in(const Plan& plan)
{
    std::vector<std::string> found;
    for (const Case& c : plan.cases) {
        const auto choice = algorithm_of(c.what);
        found.push_back((choice ? choice->name : "-") + "/" + std::to_string(c.what.ranks) +
                        (c.skip.empty() ? "" : " skip"));
    }
    return found;
}

TEST(PlanAlgorithms, each_algorithm_that_is_offered_stands_beside_the_librarys_choice_where_several_ranks_are)
{
    const Scenario all = scenario("  - {pattern: allreduce, bytes: 8, algorithms: all}\n", "scale: {ranks: [1, 2, 4]}");
    EXPECT_TRUE(asks_for_algorithms(all));
    const Plan made = make_plan(all, even(1, 4), two_rings());
    EXPECT_THAT(algorithms_in(made), ElementsAre("-/1", "-/2", "ring/2", "pair/2", "-/4", "ring/4", "pair/4 skip"));
    EXPECT_EQ(made.cases.back().skip, "algorithm pair is for at most 2 ranks (the case has 4)");
    EXPECT_FALSE(made.cases.front().what.parameters.contains("algorithm"));  // as in a run that doesn't ask
}

TEST(PlanAlgorithms, algorithms_of_the_whole_scenario_are_those_of_its_collectives_that_have_any)
{
    const Scenario all = scenario(
        "  - {pattern: allreduce, bytes: 8}\n  - {pattern: pingpong, bytes: 8}\n"
        "  - {pattern: allreduce, bytes: 16, algorithms: [pair]}\n  - {pattern: allreduce, bytes: 32, algorithms: "
        "default}\n",
        "algorithms: all\nscale: {ranks: [2]}");
    EXPECT_THAT(algorithms_in(make_plan(all, even(1, 2), two_rings())),
                ElementsAre("-/2", "ring/2", "pair/2", "-/2", "-/2", "pair/2", "-/2"));
    EXPECT_FALSE(asks_for_algorithms(scenario("  - {pattern: pingpong, bytes: 8}\n", "algorithms: all")));
}

TEST(PlanAlgorithms, where_the_library_has_no_choice_the_case_by_algorithm_is_skipped_with_its_reason)
{
    const Scenario asked = scenario("  - {pattern: alltoall, bytes: 8, algorithms: all}\n", "scale: {ranks: [2]}");
    const Plan none = make_plan(asked, even(1, 2), {.of = {}, .why_not = "it can't be told"});
    EXPECT_THAT(algorithms_in(none), ElementsAre("-/2", "all/2 skip"));
    EXPECT_EQ(none.cases[1].skip, "it can't be told");
    EXPECT_EQ(make_plan(asked, even(1, 2), two_rings()).cases[1].skip,
              "the library has no choice of algorithms for alltoall");
}

TEST(PlanAlgorithms, an_algorithm_that_is_not_offered_is_refused_and_the_nearest_is_named)
{
    const Scenario asked = scenario("  - {pattern: allreduce, bytes: 8, algorithms: [rign]}\n");
    try {
        make_plan(asked, even(1, 2), two_rings());
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_STREQ(
            error.what(),
            "test.yaml:5: key 'cases[0].algorithms' has 'rign' (the library's algorithms of allreduce are ring, pair). "
            "The nearest is 'ring'");
    }
}

}  // namespace
}  // namespace plumbline
