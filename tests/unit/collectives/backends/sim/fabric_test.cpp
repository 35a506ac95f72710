// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/fabric.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/operations/traffic.hpp"
#include "tests/support/simulated_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace plumbline::sim {
namespace {

using test::call_of;
using test::compute;
using test::execute;
using test::on_each_rank;
using test::PreparedCall;
using test::with_counts;
using testing::Each;
using testing::Ge;
using Rank = test::SimulatedRank;

TEST(SimCollective, takes_exactly_its_closed_form_at_1_to_8_ranks)
{
    const Cluster cluster{.latency_s = 3e-6, .bandwidth_bytes_per_s = 7e9};
    for (const CollectiveInfo& row : all_collectives()) {
        for (int ranks = 1; ranks <= 8; ++ranks) {
            CollectiveCall call = call_of(row.collective, 1001);
            call.window = row.collective == Collective::bidirectional ? 16 : 1;
            std::uint64_t bytes = total_bytes(call, ranks);
            if (row.collective == Collective::alltoallv) {  // the last rank sends most: 1001 + 2 (n - 1) + peer to each
                const auto n = static_cast<std::uint64_t>(ranks);
                bytes = 4 * (n * (1001 + 2 * (n - 1)) + n * (n - 1) / 2);
            }
            const double expected_s = collective_seconds(row.collective, ranks, bytes, call.window, 3e-6, 7e9);
            const auto times_s = on_each_rank(cluster, ranks, [&](const Rank& me) {
                const PreparedCall prepared(me, with_counts(call, me.rank, me.ranks));
                prepared.execute();
                return me.now_s();
            });
            for (int rank = 0; rank < ranks; ++rank) {
                const bool sits_out = row.pairs && !partner(call.pairs, rank, ranks);
                EXPECT_NEAR(times_s[static_cast<std::size_t>(rank)], sits_out ? 0 : expected_s, 1e-12 * expected_s)
                    << row.name << " rank " << rank << " of " << ranks;
            }
        }
    }
}

TEST(SimCollective, moves_the_right_data_for_every_type_operator_root_and_place)
{
    for (const int ranks : {1, 2, 3, 5, 8}) {
        on_each_rank({}, ranks, [](const Rank& me) {
            for (const CollectiveInfo& row : all_collectives()) {
                for (const DataTypeInfo& type : all_data_types()) {
                    for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max, ReduceOp::min}) {
                        for (const bool in_place : {false, true}) {
                            for (const int root : {0, me.ranks - 1}) {
                                if ((in_place && !row.in_place) || (op != ReduceOp::sum && !row.reduces) ||
                                    (root != 0 && !row.rooted)) {
                                    continue;
                                }
                                CollectiveCall call = call_of(row.collective, 13);
                                call.dtype = type.dtype;
                                call.op = op;
                                call.root = root;
                                call.in_place = in_place;
                                const PreparedCall prepared(me, with_counts(call, me.rank, me.ranks));
                                prepared.execute();
                                prepared.expect_right();
                            }
                        }
                    }
                }
            }
            return 0.0;
        });
    }
}

TEST(SimCollective, pairs_may_face_each_other_across_the_halves)
{
    on_each_rank({}, 7, [](const Rank& me) {
        for (const Collective collective : {Collective::pingpong, Collective::bidirectional}) {
            CollectiveCall call = call_of(collective, 9);
            call.pairs = PairLayout::halves;
            const PreparedCall prepared(me, call);
            prepared.execute();
            prepared.expect_right();
        }
        return 0.0;
    });
}

TEST(SimCollective, works_with_empty_blocks)
{
    on_each_rank({}, 3, [](const Rank& me) {
        for (const CollectiveInfo& row : all_collectives()) {
            CollectiveCall call = call_of(row.collective, 0);
            call.send_counts = BlockCounts::even(3, 0);
            call.recv_counts = BlockCounts::even(3, 0);
            PreparedCall(me, call).execute();
        }
        return 0.0;
    });
}

TEST(SimCollective, starts_when_the_last_rank_is_there)
{
    const Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 4, [](const Rank& me) {
        compute(me, 0.25 * me.rank);
        PreparedCall(me, call_of(Collective::barrier, 0)).execute();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(0.75 + 4e-3));
}

TEST(SimCollective, a_late_rank_delays_only_its_own_pair)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
        compute(me, me.rank == 3 ? 10 : 0);
        PreparedCall(me, call_of(Collective::pingpong, 0)).execute();
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(2, 2, 12, 12, 0));
}

TEST(SimCollective, compute_between_start_and_finish_hides_it)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 2, [](const Rank& me) {
        const PreparedCall first(me, call_of(Collective::barrier, 0));
        const PreparedCall second(me, call_of(Collective::barrier, 0));
        first.operation().start();
        second.operation().start();
        compute(me, 5);
        second.operation().finish();
        first.operation().finish();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(5.0));
}

TEST(SimCollective, hot_alltoallv_is_slower_by_the_skew_factor)
{
    constexpr int ranks = 8;
    constexpr std::uint64_t mean = 1400;
    const Cluster cluster{.latency_s = 0, .bandwidth_bytes_per_s = 1e9};
    const auto seconds = [&](const TrafficMatrix& traffic) {
        return on_each_rank(cluster, ranks, [&](const Rank& me) {
            CollectiveCall call = call_of(Collective::alltoallv, mean);
            call.send_counts = traffic.row(me.rank);
            call.recv_counts = traffic.column(me.rank);
            const PreparedCall prepared(me, call);
            prepared.execute();
            prepared.expect_right();
            return me.now_s();
        })[0];
    };
    const TrafficMatrix hot(SkewKind::hot, ranks, mean, 3.0, 42);
    const double even_s = seconds(TrafficMatrix(SkewKind::uniform, ranks, mean, 1.0, 42));
    EXPECT_NEAR(hot.skew_factor(), 3.0, 1e-12);
    EXPECT_NEAR(seconds(hot) / even_s, 3.0, 1e-12);
}

}  // namespace
}  // namespace plumbline::sim
