// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/diagnose_on_fail.hpp"

#include "collectives/patterns/pairwise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace plumbline::app {
namespace {

constexpr std::uint64_t KiB = 1024;
constexpr std::uint64_t MiB = 1024 * KiB;

/// A case with S = total_bytes on so many ranks.
CaseSummary case_row(int id, int ranks, std::uint64_t total_bytes)
{
    CaseSummary row;
    row.header.id = id;
    row.header.what.ranks = ranks;
    row.header.total_bytes = total_bytes;
    return row;
}

Judgement judged(Metric metric, Verdict verdict, int case_id)
{
    Finding finding;
    finding.metric = metric;
    finding.verdict = verdict;
    finding.case_id = case_id;
    Judgement judgement;
    judgement.findings.push_back(finding);
    return judgement;
}

TEST(ProbeMessageBytes, is_what_a_ring_sends_between_64_KiB_and_4_MiB)
{
    struct Row {
        std::uint64_t total_bytes;
        int ranks;
        std::uint64_t expected;
    };
    const Row rows[] = {{8 * MiB, 8, MiB}, {MiB, 64, 64 * KiB}, {64 * MiB, 2, 4 * MiB}, {MiB, 0, MiB}};
    for (const Row& row : rows) {
        const std::vector<CaseSummary> cases{case_row(0, row.ranks, row.total_bytes)};
        EXPECT_EQ(probe_message_bytes(judged(Metric::busbw, Verdict::fail, 0), cases, 1), row.expected);
    }
    EXPECT_EQ(probe_message_bytes(judged(Metric::busbw, Verdict::fail, 7), {}, 1), 4 * MiB);
}

TEST(ProbeMessageBytes, is_that_of_an_earlier_probe_in_the_file)
{
    std::vector<CaseSummary> cases{case_row(0, 8, 8 * MiB), case_row(1, 8, 0)};
    cases.back().header.what.bytes = 256 * KiB;
    EXPECT_EQ(probe_message_bytes(judged(Metric::algbw, Verdict::fail, 0), cases, 1), 256 * KiB);
}

TEST(ProbeMessageBytes, is_nothing_unless_a_bandwidth_target_failed)
{
    const std::vector<CaseSummary> cases{case_row(0, 8, 8 * MiB)};
    EXPECT_EQ(probe_message_bytes(judged(Metric::busbw, Verdict::inconclusive, 0), cases, 1), std::nullopt);
    EXPECT_EQ(probe_message_bytes(judged(Metric::time, Verdict::fail, 0), cases, 1), std::nullopt);
    EXPECT_EQ(probe_message_bytes(Judgement{}, cases, 1), std::nullopt);
}

TEST(PairwiseProbe, is_one_case_of_links_on_all_ranks_after_the_plan)
{
    Scenario scenario;
    scenario.rounds = 3;
    scenario.stop.confidence = 0.99;
    Plan plan;
    plan.cases.resize(5);
    const PairwiseProbePlan probe = plan_pairwise_probe(scenario, plan, {.node_of_rank = {0, 0, 1, 1}}, 128 * KiB);
    ASSERT_THAT(probe.plan.cases, testing::SizeIs(1));
    EXPECT_EQ(probe.plan.cases[0].id, 5);
    EXPECT_EQ(probe.plan.cases[0].what.pattern, "links");
    EXPECT_EQ(probe.plan.cases[0].what.ranks, 4);
    EXPECT_EQ(probe.plan.cases[0].what.bytes, 128 * KiB);
    EXPECT_EQ(probe.plan.order.size(), 1U);
    EXPECT_DOUBLE_EQ(probe.scenario.stop.confidence, 0.99);
}

TEST(PairwiseProbe, draws_16_peers_where_there_are_more_than_256_ranks)
{
    const auto peers = [](int ranks) {
        const Topology topology{.node_of_rank = std::vector<int>(static_cast<std::size_t>(ranks))};
        const PairwiseProbePlan probe = plan_pairwise_probe({}, {}, topology, MiB);
        return std::get<PairwiseSpec>(probe.scenario.cases.at(0).pattern).peers;
    };
    EXPECT_EQ(peers(256), std::nullopt);
    EXPECT_EQ(peers(257), 16);
}

}  // namespace
}  // namespace plumbline::app
