// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/shared_links.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "tests/support/simulated_workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using sim::Cluster;
using test::Outcome;
using test::run;

std::vector<int> every(int step, int ranks)
{
    std::vector<int> members;
    for (int rank = 0; rank < ranks; rank += step) {
        members.push_back(rank);
    }
    return members;
}

double seconds(const Cluster& cluster, Collective collective, double bytes, const std::vector<int>& members,
               const std::vector<int>& concurrent_ranks)
{
    const Movement movement =
        movement_of(collective, static_cast<int>(members.size()), bytes, 0, PairLayout::halves, 1);
    return shared_seconds(cluster, movement, members, concurrent_ranks);
}

// ------------------------------------------------------------------------------------------------ the bound

TEST(SharedLinks, of_an_oversubscribed_leaf_bound_all_to_all_as_an_independent_simulator_found)
{
    // 64 ranks, 8 a leaf, NIC 25 GB/s, all ranks one a node: busbw 25, 14.063, 7.031 GB/s for trunks of 200, 100, 50.
    for (const auto& [trunk, busbw] :
         {std::pair{200e9, 25e9}, std::pair{100e9, 14.0625e9}, std::pair{50e9, 7.03125e9}}) {
        Cluster cluster;
        cluster.shared = {.nic_bytes_per_s = 25e9, .leaf_nodes = 8, .uplink_bytes_per_s = trunk};
        const auto all = every(1, 64);
        EXPECT_NEAR(63.0 / 64 * 64e6 / seconds(cluster, Collective::alltoall, 64e6, all, all), busbw, 1);
    }
}

TEST(SharedLinks, are_divided_among_the_ranks_of_the_case_behind_them)
{
    Cluster cluster;
    cluster.ranks_per_node = 4;
    cluster.shared = {.nic_bytes_per_s = 8e9, .leaf_nodes = 2, .uplink_bytes_per_s = 4e9};
    const auto concurrent_ranks = every(1, 32);
    // One rank of each leaf: an eighth of its up-links each.
    EXPECT_DOUBLE_EQ(seconds(cluster, Collective::allgather, 1e9, every(8, 32), concurrent_ranks),
                     0.75 * 1 / (4.0 / 8));
    // One rank of each node, two of each leaf: a quarter of the up-links for 3/4, or of the NIC for 7/8.
    EXPECT_DOUBLE_EQ(seconds(cluster, Collective::allgather, 1e9, every(4, 32), concurrent_ranks), 0.75);
    // Alone they have all of them.
    EXPECT_DOUBLE_EQ(seconds(cluster, Collective::allgather, 1e9, every(8, 32), every(8, 32)), 0.75 / 4);
    // Within a node there is nothing to share.
    EXPECT_EQ(seconds(cluster, Collective::allgather, 1e9, {0, 1, 2, 3}, concurrent_ranks), 0);
    EXPECT_EQ(seconds(Cluster{}, Collective::allgather, 1e9, concurrent_ranks, concurrent_ranks), 0);
}

TEST(SharedLinks, carry_a_message_at_one_rank_s_share_of_what_it_crosses)
{
    Cluster cluster{.bandwidth_bytes_per_s = 5e9, .ranks_per_node = 4};
    cluster.shared = {.nic_bytes_per_s = 8e9, .leaf_nodes = 2, .uplink_bytes_per_s = 4e9};
    const sim::Sharing sharing(cluster, every(1, 16));
    EXPECT_DOUBLE_EQ(sharing.message_bytes_per_s(0, 3), 5e9);
    EXPECT_DOUBLE_EQ(sharing.message_bytes_per_s(0, 4), 8e9 / 4);
    EXPECT_DOUBLE_EQ(sharing.message_bytes_per_s(0, 8), 4e9 / 8);
    const std::vector<int> two{0, 8};
    EXPECT_DOUBLE_EQ(sim::Sharing(cluster, two).message_bytes_per_s(0, 8), 4e9);
}

TEST(SharedLinks, carry_the_uneven_bytes_that_really_cross)
{
    Cluster cluster;
    cluster.ranks_per_node = 2;
    cluster.shared = {.nic_bytes_per_s = 1e9};
    Movement movement{.collective = Collective::alltoallv, .bytes = 0, .root = 0, .edges = {}};
    movement.edges = {{0, 1, 9e9}, {0, 2, 1e9}, {1, 3, 2e9}, {3, 0, 4e9}, {2, 0, 0.5e9}};
    const auto all = every(1, 4);
    // The first node gets 4.5 GB and sends 3.
    EXPECT_DOUBLE_EQ(shared_seconds(cluster, movement, all, all), 4.5);
}

TEST(SharedLinks, carry_an_alltoallv_of_the_backend_as_its_edges_say)
{
    Cluster cluster;
    cluster.latency_s = 0;
    cluster.bandwidth_bytes_per_s = 1e30;
    cluster.ranks_per_node = 2;
    cluster.shared = {.nic_bytes_per_s = 1e9};
    constexpr int ranks = 6;
    const TrafficMatrix traffic(SkewKind::random, ranks, 1000, 1, 3);
    Movement movement{.collective = Collective::alltoallv, .bytes = 0, .root = 0, .edges = {}};
    for (int from = 0; from < ranks; ++from) {
        for (int to = 0; to < ranks; ++to) {
            movement.edges.push_back({from, to, 4.0 * static_cast<double>(traffic.elements(from, to))});
        }
    }
    const auto all = every(1, ranks);
    const double expected_s = shared_seconds(cluster, movement, all, all);
    ASSERT_GT(expected_s, 0);
    run_simulated(cluster, ranks, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        CollectiveCall call{.collective = Collective::alltoallv, .count = 1000};
        call.send_counts = traffic.sent_by(world.rank());
        call.recv_counts = traffic.received_by(world.rank());
        const auto send = group->allocate(4 * call.send_counts.sum());
        const auto recv = group->allocate(4 * call.recv_counts.sum());
        const auto operation = group->prepare(call, *send, *recv);
        const double begin_s = backend.clock().now_s();
        operation->start();
        operation->finish();
        EXPECT_DOUBLE_EQ(backend.clock().now_s() - begin_s, expected_s);
    });
}

// ------------------------------------------------------------------------------------------------ training at scale

/// Nodes of 4 ranks with a NIC of 50 GB/s each, leaves of 2 nodes, whose up-links carry 1 / `oversubscription` of that.
Cluster leaves(double oversubscription)
{
    Cluster cluster{.latency_s = 1e-6, .bandwidth_bytes_per_s = 400e9, .ranks_per_node = 4};
    cluster.shared = {.nic_bytes_per_s = 200e9, .leaf_nodes = 2, .uplink_bytes_per_s = 2 * 200e9 / oversubscription};
    return cluster;
}

constexpr int of_leaf = 8;

double alone(Collective collective, int ranks, double bytes)
{
    return sim::collective_seconds(collective, ranks, static_cast<std::uint64_t>(bytes), 1, 1e-6, 400e9);
}

/// One replica is one leaf: tensor parallelism within a node, the pipeline's two stages on its two nodes, and of each
/// subgroup of data parallelism one rank on each leaf.
TrainingStepSpec megascale_step()
{
    TrainingStepSpec spec;
    spec.model = find_model("megascale-175b").value_or(ModelCard{});
    spec.tensor = 4;
    spec.pipeline = 2;
    spec.order = GridOrder::pipeline_inner;
    spec.batch_per_replica = 2;
    spec.compute_flops = 32e12;
    spec.slice_s = 1;
    return spec;
}

struct StepForm {
    double step_s = 0;
    double tensor_s = 0;
    double data_s = 0;
    double compute_s = 0;
};

/// (m+p-1) forwards and backwards, one message each way of the two stages, and of the gradients the last layer's
/// reduce-scatter, or what piles up, and an all-gather. A subgroup of data parallelism has an eighth of its leaf's
/// links.
StepForm closed_form(const TrainingStepSpec& spec, int ranks, double oversubscription)
{
    const TrainingSlices slices = slices_of(spec);
    const int replicas = ranks / of_leaf;
    const double m = spec.batch_per_replica;
    const double share = 400e9 / oversubscription / of_leaf;
    const double ar = alone(Collective::allreduce, 4, static_cast<double>(slices.activation_bytes));
    const double forward = slices.layers * (slices.layer_forward_s + 2 * ar);
    const double layer_backward = slices.layer_backward_s + 2 * ar;
    const double message = 1e-6 + static_cast<double>(slices.message_bytes) / (200e9 / 4);
    const auto exchange = [&](int layers) {
        const std::uint64_t n = static_cast<std::uint64_t>(replicas);
        const std::uint64_t elements = slices.layer_gradient_bytes * static_cast<std::uint64_t>(layers) / 2;
        const double bytes = static_cast<double>((elements + n - 1) / n * n * 2);
        return (replicas - 1) * 1e-6 + (replicas - 1.0) / replicas * bytes / std::min(share, 50e9);
    };
    const double rs = exchange(1);
    const double exposed = rs + (slices.layers - 1) * std::max(0.0, rs - layer_backward);
    StepForm form;
    form.data_s = replicas == 1 ? 0 : exposed + exchange(slices.layers);
    form.tensor_s = m * slices.layers * 4 * ar;
    form.compute_s = m * slices.layers * (slices.layer_forward_s + slices.layer_backward_s);
    form.step_s = (m + 1) * (forward + slices.layers * layer_backward) + 2 * message + form.data_s;
    return form;
}

class TrainingAtScale : public testing::TestWithParam<int> {};

TEST_P(TrainingAtScale, megascale_step_bends_below_90_percent_where_the_bound_says)
{
    const int ranks = GetParam();
    for (const double compute_flops : {32e12, 200e12}) {
        TrainingStepSpec spec = megascale_step();
        spec.compute_flops = compute_flops;
        for (const double oversubscription : {1.0, 4.0}) {
            const StepForm expected = closed_form(spec, ranks, oversubscription);
            const Outcome got = run(leaves(oversubscription), spec, ranks);
            EXPECT_NEAR(got.step_s, expected.step_s, 1e-9 * expected.step_s);
            const StepShares& first = got.of_rank.front();
            EXPECT_NEAR(first.of(TimeCategory::compute), expected.compute_s, 1e-9 * expected.step_s);
            EXPECT_NEAR(first.of(TimeCategory::tensor), expected.tensor_s, 1e-9 * expected.step_s);
            EXPECT_NEAR(first.of(TimeCategory::data), expected.data_s, 1e-9 * expected.step_s);
            const double idle = 1 - (first.of(TimeCategory::compute) + first.of(TimeCategory::tensor)) /
                                        (got.step_s - first.of(TimeCategory::data));
            EXPECT_NEAR(idle, ideal_bubble_fraction(spec, ranks).value_or(-1), 1e-3);
            if (compute_flops == 32e12) {
                const double efficiency = closed_form(spec, of_leaf, oversubscription).step_s / got.step_s;
                const bool bent = oversubscription == 4 && ranks >= 64;
                EXPECT_EQ(efficiency < 0.9, bent) << ranks << " ranks, 1:" << oversubscription << ": " << efficiency;
            }
        }
    }
}

TEST_P(TrainingAtScale, data_parallel_bends_where_a_bucket_takes_longer_than_its_compute)
{
    const int ranks = GetParam();
    const double leaf_count = ranks / 8.0;
    const double nodes = ranks / 4.0;
    DataParallelSpec spec;
    spec.forward_s = 0.1;
    spec.backward_s = 0.2;
    spec.slice_s = 1;
    spec.buckets.assign(16, 1'000'000'000);
    spec.gradient_bytes = 16'000'000'000;
    for (const double oversubscription : {1.0, 4.0}) {
        const auto step_s = [&](double on, double leaves_there, double nodes_there) {
            const double bucket =
                2 * (on - 1) * 1e-6 +
                std::max({2 * (on - 1) / on * 1e9 / 400e9, 2 * (nodes_there - 1) / nodes_there * 1e9 / 200e9,
                          2 * (leaves_there - 1) / leaves_there * 1e9 / (400e9 / oversubscription)});
            return 0.3 + bucket + 15 * std::max(0.0, bucket - 0.2 / 16);
        };
        const Outcome got = run(leaves(oversubscription), spec, ranks);
        EXPECT_NEAR(got.step_s, step_s(ranks, leaf_count, nodes), 1e-9);
        const bool bent = oversubscription == 4 && ranks >= 64;
        EXPECT_EQ(step_s(of_leaf, 1, 2) / got.step_s < 0.9, bent) << ranks << " ranks, 1:" << oversubscription;
    }
}

INSTANTIATE_TEST_SUITE_P(Ranks, TrainingAtScale, testing::Values(8, 16, 64, 256));

}  // namespace
}  // namespace plumbline
