// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/cost_model.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace plumbline::sim {
namespace {

constexpr std::uint64_t megabyte = 1'000'000;

struct Row {
    Collective collective;
    int ranks;
    std::uint64_t bytes;
    int window;
    double expected_s;
};

// alpha = 1 us, beta = 1 us per 1000 bytes: S = 1 MB takes 1 ms on the wire.
constexpr double latency_s = 1e-6;
constexpr double bandwidth = 1e9;

class CostOf : public testing::TestWithParam<Row> {};

TEST_P(CostOf, collective_equals_the_number_worked_by_hand)
{
    const Row& row = GetParam();
    const double cost_s = collective_seconds(row.collective, row.ranks, row.bytes, row.window, latency_s, bandwidth);
    EXPECT_NEAR(cost_s, row.expected_s, 1e-12 * row.expected_s);
}

INSTANTIATE_TEST_SUITE_P(
    by_hand, CostOf,
    testing::Values(
        Row{Collective::allreduce, 4, megabyte, 1, 6e-6 + 1.5e-3},
        Row{Collective::allreduce, 5, megabyte, 1, 8e-6 + 1.6e-3},
        Row{Collective::reduce_scatter, 4, megabyte, 1, 3e-6 + 0.75e-3},
        Row{Collective::allgather, 4, megabyte, 1, 3e-6 + 0.75e-3},
        Row{Collective::alltoall, 5, megabyte, 1, 4e-6 + 0.8e-3},
        Row{Collective::alltoallv, 5, megabyte, 1, 4e-6 + 0.8e-3},
        Row{Collective::gather, 2, megabyte, 1, 1e-6 + 0.5e-3}, Row{Collective::scatter, 2, megabyte, 1, 1e-6 + 0.5e-3},
        Row{Collective::broadcast, 2, megabyte, 1, 1e-6 + 1e-3},
        Row{Collective::broadcast, 8, megabyte, 1, 3e-6 + 1e-3},
        Row{Collective::broadcast, 9, megabyte, 1, 4e-6 + 1e-3}, Row{Collective::reduce, 5, megabyte, 1, 3e-6 + 1e-3},
        Row{Collective::sendrecv, 7, megabyte, 1, 1e-6 + 1e-3}, Row{Collective::pingpong, 2, megabyte, 1, 2e-6 + 2e-3},
        Row{Collective::bidirectional, 2, megabyte, 64, 1e-6 + 64e-3}, Row{Collective::barrier, 2, 0, 1, 2e-6},
        Row{Collective::barrier, 5, 0, 1, 6e-6},
        Row{Collective::allgather, 4, std::uint64_t{1} << 33U, 1, 3e-6 + 0.75 * 8.589934592}),
    [](const testing::TestParamInfo<Row>& row) {
        return std::string(name(row.param.collective)) + "_" + std::to_string(row.param.ranks) + "_ranks_row_" +
               std::to_string(row.index);
    });

TEST(CostModel, gives_the_ring_allreduce_of_16_ranks_that_an_independent_simulator_gave)
{
    // 30 (2 us + 4 MiB / 25 GB/s); the simulator adds 16 bytes of header to each of the 30 messages.
    const double cost_s = collective_seconds(Collective::allreduce, 16, std::uint64_t{64} << 20U, 1, 2e-6, 25e9);
    EXPECT_NEAR(cost_s + 30 * 16 / 25e9, 5.093184e-3, 1e-9);
}

TEST(CostModel, one_rank_alone_takes_no_time)
{
    for (const CollectiveInfo& row : all_collectives()) {
        EXPECT_EQ(collective_seconds(row.collective, 1, megabyte, 1, latency_s, bandwidth), 0) << row.name;
    }
}

}  // namespace
}  // namespace plumbline::sim
