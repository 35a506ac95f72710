// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/verdicts/case_filter.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Scenario scenario_with(const std::string& keys)
{
    return parse_scenario("plumbline: 1\nname: t\ncases:\n  - {pattern: congestion" + keys + "}\n", "s.yaml");
}

CongestionSpec spec_with(const std::string& keys)
{
    return std::get<CongestionSpec>(scenario_with(keys).cases.at(0).pattern);
}

std::string refusal_of_case(const std::string& keys)
{
    try {
        scenario_with(keys);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

TEST(YamlCongestion, reads_every_key)
{
    const auto spec = spec_with(
        ", victim: [latency, bandwidth], aggressor: [incast, none], bytes: [8, 128KiB], aggressor_bytes: 1MiB, "
        "victims: "
        "50%, level: rank, splits: 30, seed: 7");
    EXPECT_THAT(spec.victims, ElementsAre(Victim::latency, Victim::bandwidth));
    EXPECT_THAT(spec.aggressors, ElementsAre(Aggressor::incast, Aggressor::none));
    EXPECT_THAT(spec.bytes, ElementsAre(8, 128 << 10));
    EXPECT_EQ(spec.aggressor_bytes, 1U << 20U);
    EXPECT_EQ(spec.victim_share, 0.5);
    EXPECT_EQ(spec.level, LinkLevel::rank);
    EXPECT_EQ(spec.splits, 30);
    EXPECT_EQ(spec.seed, 7U);
}

TEST(YamlCongestion, takes_a_fifth_of_the_nodes_and_all_aggressors_by_default)
{
    const auto spec = spec_with(", victim: allreduce, bytes: 8");
    EXPECT_THAT(spec.aggressors, ElementsAre(Aggressor::incast, Aggressor::alltoall, Aggressor::broadcast));
    EXPECT_EQ(spec.victim_share, 0.2);
    EXPECT_EQ(spec.level, LinkLevel::node);
    EXPECT_EQ(spec.splits, 6);
}

TEST(YamlCongestion, gives_a_case_for_each_victim_aggressor_and_size)
{
    const Plan plan =
        make_plan(scenario_with(", victim: [latency, allreduce], bytes: [8, 64]"), {.node_of_rank = {0, 1, 2, 3}});
    EXPECT_EQ(plan.cases.size(), 12U);
    EXPECT_EQ(describe(plan.cases.at(0).what), "congestion: latency 8 B beside incast 64 KiB, 4 ranks on 4 nodes");
}

TEST(YamlCongestion, refuses_what_makes_no_sense)
{
    EXPECT_THAT(refusal_of_case(", bytes: 8"), HasSubstr("victim"));
    EXPECT_THAT(refusal_of_case(", victim: allreduce"), HasSubstr("bytes"));
    EXPECT_THAT(refusal_of_case(", victim: alreduce, bytes: 8"), HasSubstr("allreduce"));
    EXPECT_THAT(refusal_of_case(", victim: [latency, latency], bytes: 8"), HasSubstr("it is listed twice"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, aggressor: scatter"), HasSubstr("incast"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 2"), HasSubstr("elements of 4 B"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, victims: 100%"),
                HasSubstr("a share of the nodes or ranks"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, victims: 0"), HasSubstr("a share of the nodes or ranks"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, splits: 0"), HasSubstr("splits"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, level: rack"), HasSubstr("level"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, aggressor_bytes: 0"), HasSubstr("aggressor_bytes"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, passes: 3"), HasSubstr("congestion"));
    EXPECT_THAT(refusal_of_case(", victim: latency, bytes: 8, splitts: 3"), HasSubstr("splits"));
}

Scenario scenario_of(const std::string& one_case, const std::string& more = "")
{
    return parse_scenario("plumbline: 1\nname: t\ncases:\n  - " + one_case + "\n" + more, "s.yaml");
}

CollectiveSpec collective_of(const std::string& one_case)
{
    return std::get<CollectiveSpec>(scenario_of(one_case).cases.at(0).pattern);
}

TEST(YamlTiming, is_drained_unless_chains_are_asked_for_of_20_operations_or_as_many_as_said)
{
    const Timing drained;
    const Timing chained{.regime = TimingRegime::chained, .chain = 20};
    const Timing short_chain{.regime = TimingRegime::chained, .chain = 5};
    EXPECT_THAT(collective_of("{pattern: allreduce, bytes: 8}").timings, ElementsAre(drained));
    EXPECT_THAT(collective_of("{pattern: allreduce, bytes: 8, timing: drained}").timings, ElementsAre(drained));
    EXPECT_THAT(collective_of("{pattern: allreduce, bytes: 8, timing: chained}").timings, ElementsAre(chained));
    EXPECT_THAT(collective_of("{pattern: barrier, timing: {chained: 5}}").timings, ElementsAre(short_chain));
    EXPECT_THAT(collective_of("{pattern: allreduce, bytes: 8, timing: [drained, chained, {chained: 5}]}").timings,
                ElementsAre(drained, chained, short_chain));
}

TEST(YamlTiming, both_ways_stand_side_by_side_in_the_plan)
{
    const Plan plan = make_plan(
        scenario_of("{pattern: alltoall, bytes: [8KiB, 1MiB], timing: [drained, chained], calls: [grouped, native]}"),
        {.node_of_rank = {0, 0}});
    std::vector<std::string> planned;
    for (const Case& c : plan.cases) {
        planned.push_back(describe(c.what));
    }
    EXPECT_THAT(planned, ElementsAre("all-to-all, 8 KiB, 2 ranks", "all-to-all, 8 KiB, chained by 20, 2 ranks",
                                     "all-to-all, 1 MiB, 2 ranks", "all-to-all, 1 MiB, chained by 20, 2 ranks",
                                     "all-to-all, 8 KiB, calls native, 2 ranks",
                                     "all-to-all, 8 KiB, calls native, chained by 20, 2 ranks",
                                     "all-to-all, 1 MiB, calls native, 2 ranks",
                                     "all-to-all, 1 MiB, calls native, chained by 20, 2 ranks"));
    EXPECT_TRUE(plan.cases.front().what.parameters.empty()) << "as cases were before there was another way";
}

TEST(YamlTiming, refuses_what_makes_no_sense)
{
    const auto refusal_of = [](const std::string& one_case) -> std::string {
        try {
            scenario_of(one_case);
            return "";
        } catch (const ConfigError& error) {
            return error.what();
        }
    };
    struct Row {
        std::string written, says;
    };
    const std::vector<Row> rows{
        {"{pattern: allreduce, bytes: 8, timing: chaned}", "The nearest valid value is 'chained'"},
        {"{pattern: allreduce, bytes: 8, timing: 20}", "valid are drained, chained"},
        {"{pattern: allreduce, bytes: 8, timing: {chained: 1}}",
         "key 'cases[0].timing.chained' is '1' (a whole number from 2 to 10000 is wanted)"},
        {"{pattern: allreduce, bytes: 8, timing: {chained: 10001}}",
         "key 'cases[0].timing.chained' is '10001' (a whole number"},
        {"{pattern: allreduce, bytes: 8, timing: {chain: 20}}", "key 'cases[0].timing.chain' is unknown"},
        {"{pattern: allreduce, bytes: 8, timing: {}}", "timing"},
        {"{pattern: allreduce, bytes: 8, timing: [chained, {chained: 20}]}", "it is listed twice"},
        {"{pattern: links, bytes: 8, timing: chained}", "'cases[0].timing' does not apply to links"},
        {"{pattern: data_parallel, compute: 1ms, gradient_bytes: 8, timing: chained}",
         "'cases[0].timing' is unknown (data_parallel takes"},
        {"{pattern: allreduce, bytes: 8, calls: native}", "'cases[0].calls' does not apply to allreduce"},
        {"{pattern: alltoall, bytes: 8, calls: natve}", "The nearest valid value is 'native'"},
    };
    for (const Row& row : rows) {
        EXPECT_THAT(refusal_of(row.written), HasSubstr(row.says)) << row.written;
    }
}

TEST(YamlTiming, a_target_speaks_of_chains_where_it_says_so_alone)
{
    const std::string target =
        "targets:\n  - {name: a, metric: busbw, at_ranks: all, at_least: 1GB/s, where: {pattern: "
        "allreduce";
    const auto speaks_of = [&](const std::string& more) {
        const Scenario s =
            scenario_of("{pattern: allreduce, bytes: 8, timing: [drained, chained]}", target + more + "}}\n");
        std::vector<std::string> timings;
        for (const Case& c : make_plan(s, {.node_of_rank = {0, 0}}).cases) {
            if (matches(s.targets.at(0), c.what)) {
                timings.emplace_back(name(timing_of(c.what).regime));
            }
        }
        return timings;
    };
    EXPECT_THAT(speaks_of(""), ElementsAre("drained"));
    EXPECT_THAT(speaks_of(", timing: drained"), ElementsAre("drained"));
    EXPECT_THAT(speaks_of(", timing: chained"), ElementsAre("chained"));
    EXPECT_THAT(speaks_of(", chain: 20"), ElementsAre("chained"));
    EXPECT_THAT(speaks_of(", chain: 5"), ElementsAre());
}

TEST(YamlTiming, a_simulated_rank_may_take_time_to_start_a_collective)
{
    EXPECT_EQ(scenario_of("{pattern: barrier}", "backend: sim\nsimulation: {launch: 25us}\n").cluster.launch_s, 25e-6);
    EXPECT_EQ(scenario_of("{pattern: barrier}", "backend: sim\n").cluster.launch_s, 0);
    EXPECT_THROW(scenario_of("{pattern: barrier}", "backend: sim\nsimulation: {launch: -1us}\n"), ConfigError);
}

}  // namespace
}  // namespace plumbline
