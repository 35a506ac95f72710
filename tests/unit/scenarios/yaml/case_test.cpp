// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <variant>

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

std::string refusal(const std::string& keys)
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
    EXPECT_THAT(refusal(", bytes: 8"), HasSubstr("victim"));
    EXPECT_THAT(refusal(", victim: allreduce"), HasSubstr("bytes"));
    EXPECT_THAT(refusal(", victim: alreduce, bytes: 8"), HasSubstr("allreduce"));
    EXPECT_THAT(refusal(", victim: [latency, latency], bytes: 8"), HasSubstr("it is listed twice"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, aggressor: scatter"), HasSubstr("incast"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 2"), HasSubstr("elements of 4 B"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, victims: 100%"), HasSubstr("a share of the nodes or ranks"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, victims: 0"), HasSubstr("a share of the nodes or ranks"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, splits: 0"), HasSubstr("splits"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, level: rack"), HasSubstr("level"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, aggressor_bytes: 0"), HasSubstr("aggressor_bytes"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, passes: 3"), HasSubstr("congestion"));
    EXPECT_THAT(refusal(", victim: latency, bytes: 8, splitts: 3"), HasSubstr("splits"));
}

}  // namespace
}  // namespace plumbline
