// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/bound.hpp"

#include "collectives/backends/sim/shared_links.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/links.hpp"
#include "tests/support/measured_run.hpp"
#include "tests/support/nodes_and_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::links;
using test::nodes;
using ::testing::HasSubstr;

constexpr std::uint64_t mebi = 1ULL << 20U;

double seconds(
    const std::string& pattern, double bytes, const std::vector<int>& on, const Links& rates,
    const std::function<void(CaseIdentity&)>& change = [](CaseIdentity&) {})
{
    CaseIdentity what = collective_case(pattern, static_cast<std::uint64_t>(bytes), static_cast<int>(on.size()));
    change(what);
    const Ideal ideal = ideal_time(what, what.bytes, on, rates);
    EXPECT_TRUE(ideal.seconds) << pattern << ": " << ideal.why;
    return ideal.seconds.value_or(0);
}

TEST(IdealTime, of_one_rank_a_node_is_the_busbw_factor_over_the_rate)
{
    const Links rates = links(std::nullopt, 1e9);
    const auto on = nodes(8, 1);
    for (const auto& [pattern, factor] : std::vector<std::pair<std::string, double>>{{"allreduce", 2 * 7.0 / 8},
                                                                                     {"reduce_scatter", 7.0 / 8},
                                                                                     {"allgather", 7.0 / 8},
                                                                                     {"alltoall", 7.0 / 8},
                                                                                     {"gather", 7.0 / 8},
                                                                                     {"scatter", 7.0 / 8},
                                                                                     {"broadcast", 1},
                                                                                     {"reduce", 1},
                                                                                     {"sendrecv", 1}}) {
        EXPECT_NEAR(seconds(pattern, 8e6, on, rates), factor * 8e-3, 1e-15) << pattern;
    }
}

TEST(IdealTime, within_one_node_is_the_same_over_the_rate_of_a_rank)
{
    const Links rates = links(4e9, std::nullopt);
    EXPECT_NEAR(seconds("allreduce", 8e6, nodes(4, 4), rates), 2 * 3.0 / 4 * 2e-3, 1e-15);
    EXPECT_NEAR(seconds("alltoall", 8e6, nodes(4, 4), rates), 3.0 / 4 * 2e-3, 1e-15);
    EXPECT_NEAR(seconds("scatter", 8e6, nodes(4, 4), rates), 3.0 / 4 * 2e-3, 1e-15);
}

TEST(IdealTime, of_ranks_that_share_a_node_counts_what_leaves_the_node)
{
    // 4 nodes of 8 ranks, links within a node so fast that they never limit.
    const Links rates = links(1e15, 1e9);
    const auto on = nodes(32, 8);
    EXPECT_NEAR(seconds("allreduce", 32e6, on, rates), 2 * 3.0 / 4 * 32e-3, 1e-12);
    EXPECT_NEAR(seconds("alltoall", 32e6, on, rates), 8 * 24.0 / 32 * 32e-3, 1e-12);
    EXPECT_NEAR(seconds("allgather", 32e6, on, rates), 24.0 / 32 * 32e-3, 1e-12);
    EXPECT_NEAR(seconds("scatter", 32e6, on, rates), 24.0 / 32 * 32e-3, 1e-12);
    // Of the ring one message leaves each node; of the pairs i - i + n/2 all eight.
    EXPECT_NEAR(seconds("sendrecv", 32e6, on, rates), 32e-3, 1e-12);
    const auto halves = [](CaseIdentity& what) { what.parameters = {{"pairs", "halves"}, {"window", "4"}}; };
    EXPECT_NEAR(seconds("bidirectional", 1e6, on, rates, halves), 8 * 4 * 1e-3, 1e-12);
}

TEST(IdealTime, of_an_all_to_all_is_that_of_the_network_ports_per_remote_rank)
{
    // (n-g)/(n-1) of a rank's bytes leave its node: with busbw = (n-1)/n S/t, busbw = B/g * (n-1)/(n-g).
    const double t = seconds("alltoall", 64e6, nodes(16, 4), links(1e15, 1e9));
    EXPECT_NEAR(15.0 / 16 * 64e6 / t, 1e9 / 4 * 15.0 / 12, 1e-3);
}

TEST(IdealTime, of_oversubscribed_leaves_is_what_leaves_them)
{
    // 64 ranks, 8 a leaf, NIC 25 GB/s, trunk 200, 100, 50 GB/s: known busbw 25, 14.063, 7.031 (simulated: 24.95, 14.05,
    // 7.03).
    for (const auto& [trunk, busbw] :
         std::vector<std::pair<double, double>>{{200e9, 25}, {100e9, 14.0625}, {50e9, 7.03125}}) {
        Links rates = links(std::nullopt, 25e9);
        rates.leaf = LeafRate{.nodes = 8, .bytes_per_s = trunk};
        const double t = seconds("alltoall", 64.0 * mebi, nodes(64, 1), rates);
        EXPECT_NEAR(63.0 / 64 * 64 * mebi / t / 1e9, busbw, 1e-9);
    }
}

TEST(IdealTime, is_what_shared_links_of_a_simulated_cluster_take)
{
    sim::Cluster cluster;
    cluster.ranks_per_node = 2;
    cluster.shared = {.nic_bytes_per_s = 3e9, .leaf_nodes = 4, .uplink_bytes_per_s = 2e9};
    Links rates = links(1e15, 3e9);
    rates.leaf = LeafRate{.nodes = 4, .bytes_per_s = 2e9};
    std::vector<int> all(24);
    std::iota(all.begin(), all.end(), 0);
    for (const Collective collective :
         {Collective::allreduce, Collective::reduce_scatter, Collective::allgather, Collective::broadcast,
          Collective::reduce, Collective::gather, Collective::scatter, Collective::alltoall, Collective::sendrecv}) {
        const Movement movement = movement_of(collective, 24, 24e6, 0, PairLayout::adjacent, 1);
        EXPECT_DOUBLE_EQ(shared_seconds(cluster, movement, all, all),
                         seconds(std::string(name(collective)), 24e6, nodes(24, 2), rates))
            << name(collective);
    }
}

TEST(IdealTime, of_small_messages_is_the_latencies_that_no_schedule_avoids)
{
    EXPECT_NEAR(seconds("allreduce", 8, nodes(16, 1), links(std::nullopt, 1e12, 2e-6)), 4 * 2e-6, 1e-12);
    EXPECT_NEAR(seconds("barrier", 0, nodes(9, 1), links(std::nullopt, 1e12, 2e-6)), 4 * 2e-6, 1e-12);
    EXPECT_NEAR(seconds("sendrecv", 8, nodes(16, 1), links(std::nullopt, 1e12, 2e-6)), 2e-6, 1e-9);
    // 64 ranks, 8 a node: 6 rounds, one of which reaches the other 7 nodes.
    Links rates = links(1e12, 1e12);
    rates.intra_node->latency_s = 1e-6;
    rates.inter_node->latency_s = 5e-6;
    EXPECT_NEAR(seconds("barrier", 0, nodes(64, 8), rates), 5e-6 + 5e-6, 1e-12);
}

TEST(IdealTime, of_messages_over_both_kinds_of_links_has_the_latency_of_the_links_that_take_longest)
{
    Links rates = links(1e9, 10e9, 5e-6);
    rates.intra_node->latency_s = 1e-6;
    // A ring of 2 nodes of 2: 1 us + 1 ms inside, 5 us + 0.1 ms between.
    EXPECT_NEAR(seconds("sendrecv", 1e6, nodes(4, 2), rates), 1e-6 + 1e-3, 1e-15);
    rates.intra_node->bytes_per_s = 100e9;
    EXPECT_NEAR(seconds("sendrecv", 1e6, nodes(4, 2), rates), 5e-6 + 1e-4, 1e-15);
}

TEST(IdealTime, of_a_round_trip_is_two_messages_one_after_the_other)
{
    EXPECT_NEAR(seconds("pingpong", 1e6, nodes(2, 1), links(std::nullopt, 1e9, 2e-6)), 2 * (1e-3 + 2e-6), 1e-12);
    EXPECT_NEAR(seconds("pingpong", 1e6, nodes(2, 2), links(1e9, std::nullopt, 2e-6)), 2 * (1e-3 + 2e-6), 1e-12);
}

TEST(IdealTime, of_uneven_nodes_is_that_of_the_busiest)
{
    // Nodes of 3 and 1 ranks: 3 * 1/4 S leave each of them.
    EXPECT_NEAR(seconds("alltoall", 4e6, {0, 0, 0, 1}, links(1e15, 1e9)), 3.0 / 4 * 4e-3, 1e-12);
}

TEST(IdealTime, says_why_there_is_none)
{
    struct Row {
        std::string pattern;
        std::vector<int> on;
        Links rates;
        std::string why;
    };
    for (const Row& row : std::vector<Row>{
             {"allreduce", nodes(4, 1), {}, "between nodes is not known"},
             {"allreduce", nodes(4, 2), links(std::nullopt, 1e9), "within a node is not known"},
             {"allreduce", {0}, links(1e9, 1e9), "one rank alone"},
             {"alltoallv", nodes(4, 1), links(1e9, 1e9), "no closed form"},
             {"pipeline", nodes(4, 1), links(1e9, 1e9), "no closed form"},
             {"barrier", nodes(4, 1), links(1e9, 1e9), "the bound is 0"},
         }) {
        const CaseIdentity what = collective_case(row.pattern, mebi, static_cast<int>(row.on.size()));
        const Ideal ideal = ideal_time(what, mebi, row.on, row.rates);
        EXPECT_FALSE(ideal.seconds) << row.pattern;
        EXPECT_THAT(ideal.why, HasSubstr(row.why));
    }
}

}  // namespace
}  // namespace plumbline
