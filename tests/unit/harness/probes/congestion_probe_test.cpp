// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/congestion_probe.hpp"

#include "results/records/case_summary.hpp"
#include "results/summaries/summarize.hpp"
#include "tests/support/simulated_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

/// Every case of a congestion entry on a simulated crossbar, where nobody shares anything.
std::vector<CaseRecord> measured(const CongestionSpec& spec, int ranks, sim::Cluster cluster = {}, int rounds = 1)
{
    Scenario scenario;
    scenario.name = "congestion";
    scenario.rounds = rounds;
    scenario.stop.max_samples = 120;
    scenario.cases = {{spec, {}, {}, 0}};
    return test::run_on(cluster, ranks, scenario);
}

CongestionSpec all_of_them()
{
    CongestionSpec spec;
    spec.bytes = {4096};
    spec.victims = {Victim::allreduce, Victim::latency, Victim::bandwidth};
    spec.aggressors = {Aggressor::incast, Aggressor::alltoall, Aggressor::broadcast, Aggressor::none};
    return spec;
}

int count(const CongestionRows& rows, CongestionStage stage)
{
    return static_cast<int>(std::ranges::count(rows.stage, static_cast<std::uint8_t>(stage)));
}

TEST(CongestionRound, where_nothing_is_shared_every_impact_is_one)
{
    const auto records = measured(all_of_them(), 8);
    ASSERT_THAT(records, SizeIs(12));
    for (const CaseRecord& record : records) {
        const std::string what = describe(record.header.what);
        ASSERT_EQ(record.header.status, CaseStatus::measured) << what << ": " << record.header.why;
        EXPECT_EQ(record.header.verification, Verification::verified) << what;
        const CaseSummary summary = summarize(record, 0.95);
        ASSERT_TRUE(summary.congestion_impact_high) << what;
        EXPECT_NEAR(*summary.congestion_impact, 1, 1e-9) << what;
        EXPECT_NEAR(*summary.congestion_impact_low, 1, 1e-9) << what;
        EXPECT_NEAR(*summary.congestion_impact_high, 1, 1e-9) << what;
    }
}

TEST(CongestionRound, compares_no_starts_since_only_the_victims_begin_samples)
{
    const Round round = measured(all_of_them(), 8).at(0).rounds.at(0);
    EXPECT_FALSE(round.start_offset_s.has_value());
    EXPECT_TRUE(round.late.empty());
    EXPECT_FALSE(round.synchronisation.empty());
}

TEST(CongestionRound, times_what_the_victims_do_by_its_closed_form)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::latency};
    sim::Cluster cluster;
    cluster.latency_s = 1e-6;
    cluster.bandwidth_bytes_per_s = 1e9;
    for (const CaseRecord& record : measured(spec, 6, cluster)) {
        EXPECT_NEAR(summarize(record, 0.95).isolated_s.value(), 2 * (1e-6 + 4.096e-6), 1e-12);
        EXPECT_NEAR(summarize(record, 0.95).median_s.value(), 2 * (1e-6 + 4.096e-6), 1e-12);
    }
}

/// 2 nodes of 4 ranks behind a NIC as fast as one rank's link; a rank of each node is a victim, the others aggressors.
TEST(CongestionRound, on_shared_links_the_impact_is_that_of_the_ranks_that_share_them)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::latency, Victim::bandwidth};
    spec.level = LinkLevel::rank;
    sim::Cluster cluster;
    cluster.latency_s = 1e-6;
    cluster.bandwidth_bytes_per_s = 1e9;
    cluster.ranks_per_node = 4;
    cluster.shared.nic_bytes_per_s = 1e9;
    const double message_s = 4096 / 1e9;
    for (const CaseRecord& record : measured(spec, 8, cluster)) {
        const bool control = record.header.what.parameters.at("aggressor") == "none";
        const bool latency = record.header.what.parameters.at("victim") == "latency";
        const double messages_s = (latency ? 1 : bandwidth_window) * message_s;
        const double alone_s = 1e-6 + messages_s;
        const double beside_s = control ? alone_s : 1e-6 + 4 * messages_s;
        const CaseSummary summary = summarize(record, 0.95);
        const std::string what = describe(record.header.what);
        ASSERT_TRUE(summary.isolated_s) << what << ": " << record.header.why;
        ASSERT_TRUE(summary.congestion_impact) << what;
        EXPECT_NEAR(summary.isolated_s.value(), (latency ? 2 : 1) * alone_s, 1e-12) << what;
        EXPECT_NEAR(summary.congestion_impact.value(), beside_s / alone_s, 1e-9) << what;
    }
}

TEST(CongestionRound, counts_a_block_alone_and_at_least_half_of_one_beside_in_each_split)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::allreduce};
    for (const CaseRecord& record : measured(spec, 10)) {
        const CongestionRows& rows = record.rounds.at(0).congestion.value();
        const int block = 120 / spec.splits;
        EXPECT_EQ(count(rows, CongestionStage::isolated), spec.splits * block);
        EXPECT_GE(count(rows, CongestionStage::congested), spec.splits * block / 2);
        EXPECT_THAT(rows.role, SizeIs(static_cast<std::size_t>(spec.splits) * 10));
    }
}

TEST(CongestionRound, says_who_is_what_and_what_the_aggressors_took)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::allreduce};
    for (const CaseRecord& record : measured(spec, 10)) {
        const CongestionRows& rows = record.rounds.at(0).congestion.value();
        const bool control = record.header.what.parameters.at("aggressor") == "none";
        for (std::size_t i = 0; i < rows.role.size(); ++i) {
            const bool aggressor = rows.role[i] == static_cast<std::uint8_t>(CongestionRole::aggressor);
            EXPECT_EQ(aggressor, !std::isnan(rows.aggressor_s[i]));
            EXPECT_FALSE(control && aggressor);
        }
        EXPECT_EQ(std::ranges::count(rows.role, static_cast<std::uint8_t>(CongestionRole::victim)), 2 * spec.splits);
    }
}

TEST(CongestionRound, draws_other_splits_in_every_round)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::allreduce};
    spec.aggressors = {Aggressor::broadcast};
    const auto records = measured(spec, 16, {}, 2);
    ASSERT_THAT(records, SizeIs(2));
    EXPECT_NE(records[0].rounds.at(0).congestion->role, records[1].rounds.at(0).congestion->role);
}

TEST(CongestionRound, of_whole_nodes_leaves_none_in_two_parts)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::bandwidth};
    spec.aggressors = {Aggressor::alltoall};
    sim::Cluster cluster;
    cluster.ranks_per_node = 2;
    const auto records = measured(spec, 12, cluster);
    const CongestionRows& rows = records.at(0).rounds.at(0).congestion.value();
    for (std::size_t i = 0; i < rows.role.size(); i += 2) {
        EXPECT_EQ(rows.role[i], rows.role[i + 1]);
    }
}

TEST(CongestionRound, a_sample_counts_when_traffic_was_there_from_before_until_after)
{
    EXPECT_TRUE(is_covered({.begin_s = 1, .end_s = 10}, 10));
    EXPECT_FALSE(is_covered({.begin_s = 0.9, .end_s = 2}, 10)) << "the first tenth";
    EXPECT_FALSE(is_covered({.begin_s = 5, .end_s = 10.1}, 10));
    EXPECT_FALSE(is_covered({.begin_s = 11, .end_s = 12}, 10));
}

TEST(CongestionRound, aggressors_execute_for_as_long_as_is_wanted_and_at_most_half_a_minute)
{
    EXPECT_EQ(aggressor_executions(1, 0.3), 4);
    EXPECT_EQ(aggressor_executions(0.1, 0.3), 1);
    EXPECT_EQ(aggressor_executions(1e6, 0.3), 100);
    EXPECT_EQ(aggressor_executions(1e6, 100), 1) << "one there must be";
    EXPECT_EQ(aggressor_executions(1e6, 0), 1'000'000'000);
}

TEST(CongestionRound, a_send_that_a_buffer_took_is_no_reason_for_hours_of_traffic)
{
    // Of one incast of 0.52 s over a link of 50 Mbit/s a sender was done after 0.65 ms: a block of 900 s came after it.
    EXPECT_NEAR(stretch_of_traffic(0.785, 0.00065, 1, 0.524), 1.5 * 0.785 / 0.524, 1e-12);
    EXPECT_EQ(stretch_of_traffic(0.5, 1, 2, 0.5), 2) << "twice as much at least";
    EXPECT_NEAR(stretch_of_traffic(40, 4, 2, 0.5), 15, 1e-12) << "victims that took ten times as long";
}

TEST(CongestionRound, of_too_few_to_split_is_skipped_with_a_reason)
{
    CongestionSpec spec = all_of_them();
    spec.victims = {Victim::allreduce};
    spec.aggressors = {Aggressor::incast};
    EXPECT_EQ(measured(spec, 3).at(0).header.why,
              "congestion needs 2 nodes of victims and 2 of aggressors (there are 3 nodes)");
    sim::Cluster one_node;
    one_node.ranks_per_node = 3;
    EXPECT_EQ(measured(spec, 3, one_node).at(0).header.why,
              "congestion needs 2 ranks of victims and 2 of aggressors (there are 3 ranks)");
    sim::Cluster two_nodes;
    two_nodes.ranks_per_node = 3;
    EXPECT_EQ(measured(spec, 6, two_nodes).at(0).header.why,
              "congestion needs 2 nodes of victims and 2 of aggressors (there are 2 nodes; level: rank splits within "
              "nodes)");
    spec.level = LinkLevel::rank;
    EXPECT_EQ(measured(spec, 6, two_nodes).at(0).header.status, CaseStatus::measured);
}

}  // namespace
}  // namespace plumbline
