// SPDX-License-Identifier: Apache-2.0
#include "harness/sync/clock_sync.hpp"

#include "collectives/backends/sim/sim_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::Le;

constexpr double nanosecond = 1e-9;

TEST(ClockModel, there_and_back_is_the_same_moment)
{
    const ClockModel model{.at_s = 100, .offset_s = -3, .drift = 1e-5};
    EXPECT_DOUBLE_EQ(model.common(100), 97);
    EXPECT_DOUBLE_EQ(model.common(110), 107 + 1e-4);
    EXPECT_DOUBLE_EQ(model.local(model.common(123.456)), 123.456);
}

TEST(ClockModel, its_error_grows_with_the_time_that_passes)
{
    const ClockModel model{.at_s = 10, .error_s = 1e-6, .drift_error = 1e-7};
    EXPECT_DOUBLE_EQ(model.error_at(10), 1e-6);
    EXPECT_DOUBLE_EQ(model.error_at(20), 3e-6);
    EXPECT_DOUBLE_EQ(model.error_at(0), 3e-6);
}

TEST(IntersectBounds, one_exchange_gives_the_middle_and_half_the_round_trip)
{
    const std::vector<ClockExchange> one{{.sent_s = 10, .answered_s = 111, .received_s = 14}};
    EXPECT_EQ(intersect_bounds(one), (ClockPoint{.at_s = 12, .offset_s = 99, .error_s = 2}));
}

TEST(IntersectBounds, exchanges_delayed_on_different_ways_narrow_each_other)
{
    // The other clock is 100 ahead. Each way takes 1; the first answer is 6 late, the second question 4.
    const std::vector<ClockExchange> two{{.sent_s = 0, .answered_s = 101, .received_s = 8},
                                         {.sent_s = 20, .answered_s = 125, .received_s = 26}};
    const ClockPoint point = intersect_bounds(two);
    EXPECT_DOUBLE_EQ(point.offset_s, 100);  // bounds 93 to 101 and 99 to 105
    EXPECT_DOUBLE_EQ(point.error_s, 1);
}

TEST(IntersectBounds, where_drift_makes_exchanges_contradict_the_quickest_counts)
{
    const std::vector<ClockExchange> apart{{.sent_s = 0, .answered_s = 105, .received_s = 2},
                                           {.sent_s = 10, .answered_s = 110.5, .received_s = 11}};
    const ClockPoint point = intersect_bounds(apart);
    EXPECT_DOUBLE_EQ(point.offset_s, 100);
    EXPECT_DOUBLE_EQ(point.error_s, 0.5);
}

TEST(FitClock, points_on_a_line_give_that_line)
{
    std::vector<ClockPoint> points;
    for (int i = 0; i < 5; ++i) {
        points.push_back({.at_s = 1000 + 0.001 * i, .offset_s = 7 + 1e-5 * 0.001 * i, .error_s = 1e-6});
    }
    const ClockModel model = fit_clock(points, 5);
    EXPECT_NEAR(model.drift, 1e-5, 1e-11);
    EXPECT_NEAR(model.common(1010) - 1010, 7 + 1e-4, nanosecond);
    EXPECT_DOUBLE_EQ(model.error_s, 1e-6);
    EXPECT_NEAR(model.drift_error, 0, 1e-9);
}

TEST(FitClock, a_point_with_a_large_error_hardly_counts)
{
    const std::vector<ClockPoint> points{{.at_s = 0, .offset_s = 5, .error_s = 1e-6},
                                         {.at_s = 1, .offset_s = 5, .error_s = 1e-6},
                                         {.at_s = 2, .offset_s = 6, .error_s = 1}};
    const ClockModel model = fit_clock(points, 3);
    EXPECT_NEAR(model.common(0), 5, nanosecond);
    EXPECT_NEAR(model.drift, 0, nanosecond);
}

TEST(FitClock, the_offset_is_that_of_the_recent_points_though_older_ones_give_the_drift)
{
    // The drift was 1e-6 for long; a jump of 1 ms since is in the last two points alone.
    std::vector<ClockPoint> points;
    for (int i = 0; i < 10; ++i) {
        points.push_back({.at_s = 1.0 * i, .offset_s = 1e-6 * i, .error_s = 1e-7});
    }
    points.push_back({.at_s = 10, .offset_s = 10e-6 + 1e-3, .error_s = 1e-7});
    points.push_back({.at_s = 11, .offset_s = 11e-6 + 1e-3, .error_s = 1e-7});
    const ClockModel model = fit_clock(points, 2);
    EXPECT_NEAR(model.offset_s, 10.5e-6 + 1e-3, nanosecond);
    EXPECT_DOUBLE_EQ(model.at_s, 10.5);
}

TEST(FitClock, one_moment_gives_an_offset_and_no_drift)
{
    const std::vector<ClockPoint> points{{.at_s = 3, .offset_s = 4, .error_s = 0}};
    EXPECT_EQ(fit_clock(points, 10), (ClockModel{.at_s = 3, .offset_s = 4}));
}

sim::Cluster drifting()
{
    sim::Cluster made;
    made.latency_s = 2e-6;
    made.bandwidth_bytes_per_s = 10e9;
    made.clock_offset_s = 1;
    made.clock_drift = 1e-5;
    return made;
}

/// |common clock as the rank believes - as rank 0 reads it|, at one moment of virtual time.
struct Truth {
    std::vector<double> now;
    std::vector<double> later;  ///< 10 s
    std::vector<double> stated;
};

Truth sync_and_compare(const sim::Cluster& cluster, int ranks, const ClockSyncSettings& settings = {})
{
    const auto count = static_cast<std::size_t>(ranks);
    Truth truth{std::vector<double>(count), std::vector<double>(count), std::vector<double>(count)};
    sim::run_simulated(cluster, ranks, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        std::vector<ClockPoint> history;
        const ClockModel model = sync_clocks(*group, world, backend.clock(), settings, history);
        const auto me = static_cast<std::size_t>(world.rank());
        truth.stated[me] = model.error_s;
        const auto ten_seconds = group->prepare_compute({.seconds = 10});
        for (std::vector<double>* errors : {&truth.now, &truth.later}) {
            group->synchronize();  // brings all ranks to the same virtual moment
            const double mine = model.common(backend.clock().now_s());
            (*errors)[me] = std::abs(mine - broadcast_value(world, backend.clock().now_s(), 0));
            ten_seconds->start();
            ten_seconds->finish();
        }
    });
    return truth;
}

TEST(SyncClocks, symmetric_paths_leave_no_error_now_and_ten_seconds_later)
{
    for (const int ranks : {1, 2, 3, 7, 8, 13, 32, 64}) {
        SCOPED_TRACE(ranks);
        const Truth truth = sync_and_compare(drifting(), ranks);
        EXPECT_THAT(truth.now, Each(Le(5 * nanosecond)));
        EXPECT_THAT(truth.later, Each(Le(5 * nanosecond)));
    }
}

TEST(SyncClocks, rendezvous_messages_leave_no_error_either)
{
    sim::Cluster cluster = drifting();
    cluster.rendezvous = true;
    const Truth truth = sync_and_compare(cluster, 8);
    EXPECT_THAT(truth.now, Each(Le(5 * nanosecond)));
    EXPECT_THAT(truth.later, Each(Le(5 * nanosecond)));
}

TEST(SyncClocks, a_longer_way_to_one_rank_shifts_it_by_half_and_no_other)
{
    sim::Cluster cluster = drifting();
    constexpr double asymmetry_s = 4e-6;
    constexpr std::size_t slow = 7;
    cluster.inbound_delay_s = {{slow, asymmetry_s}};
    const Truth truth = sync_and_compare(cluster, 8);
    for (std::size_t rank = 0; rank < 8; ++rank) {
        EXPECT_NEAR(truth.now[rank], rank == slow ? asymmetry_s / 2 : 0, 5 * nanosecond) << rank;
        EXPECT_LE(truth.now[rank], truth.stated[rank] + nanosecond) << rank;
    }
}

TEST(SyncClocks, the_stated_error_is_half_a_round_trip_for_each_level_of_the_tree)
{
    sim::Cluster cluster = drifting();
    cluster.clock_drift = 0;
    cluster.bandwidth_bytes_per_s = 1e30;  // a message takes its latency
    const Truth truth = sync_and_compare(cluster, 8);
    for (std::size_t rank = 0; rank < 8; ++rank) {
        // Rank 5 asks 4, which asks 0: a level for each bit.
        const int levels =
            static_cast<int>(rank & 1U) + static_cast<int>(rank >> 1U & 1U) + static_cast<int>(rank >> 2U);
        EXPECT_NEAR(truth.stated[rank], levels * cluster.latency_s, nanosecond) << rank;
    }
}

TEST(SyncClocks, noise_stays_within_the_stated_error)
{
    sim::Cluster cluster = drifting();
    cluster.noise = 0.5;
    const Truth truth = sync_and_compare(cluster, 16);
    for (std::size_t rank = 0; rank < 16; ++rank) {
        EXPECT_LE(truth.now[rank], truth.stated[rank] + nanosecond) << rank;
    }
}

TEST(SyncClocks, ranks_of_one_node_take_over_what_their_first_rank_measured)
{
    sim::Cluster cluster = drifting();
    cluster.ranks_per_node = 3;
    const std::vector<int> nodes{0, 0, 0, 1, 1, 1, 2, 2, 2, 3};
    const Truth truth = sync_and_compare(cluster, 10, {.node_of_member = nodes});
    EXPECT_THAT(truth.now, Each(Le(5 * nanosecond)));
    EXPECT_EQ(truth.stated[1], 0) << "the node of rank 0 shares its clock";
    EXPECT_EQ(truth.stated[3], truth.stated[5]);
    EXPECT_GT(truth.stated[3], 0);
}

TEST(ClockTree, has_each_leader_learn_once_from_one_that_knows_and_tell_its_node)
{
    using Part = ClockTree::Part;
    for (const int nodes : {1, 2, 3, 5, 8, 13}) {
        constexpr int each = 3;
        std::vector<int> node_of_member;
        for (int member = 0; member < nodes * each; ++member) {
            node_of_member.push_back(member % nodes);  // dealt out: leaders are the first ranks
        }
        std::vector<int> taught;
        std::vector<int> learnt;
        for (int rank = 0; rank < nodes * each; ++rank) {
            const ClockTree tree = clock_tree(node_of_member, rank, nodes * each);
            EXPECT_EQ(tree.leader, rank % nodes);
            EXPECT_EQ(tree.others.size(), rank < nodes ? each - 1U : 0U);
            EXPECT_LE(tree.steps.size(), 5U) << "the logarithm, and one for those beyond a power of two";
            bool knows = rank == 0;
            for (const ClockTree::Step& step : tree.steps) {
                EXPECT_EQ(step.part == Part::learns, !knows) << "who teaches has learnt before";
                knows = true;
                (step.part == Part::teaches ? taught : learnt).push_back(step.part == Part::teaches ? step.peer : rank);
            }
        }
        EXPECT_THAT(taught, testing::UnorderedElementsAreArray(learnt));
        EXPECT_EQ(learnt.size(), static_cast<std::size_t>(nodes - 1));
    }
}

TEST(CommonClock, is_unknown_across_nodes_without_hca3_and_exact_on_one)
{
    sim::run_simulated(drifting(), 2, [](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        CommonClock none(CommonClock::Kind::none, {});
        none.refresh(*group, world, backend.clock());
        EXPECT_FALSE(none.can_tell());
        EXPECT_FALSE(none.model());
        CommonClock same(CommonClock::Kind::same_node, {});
        same.refresh(*group, world, backend.clock());
        EXPECT_EQ(same.model(), ClockModel{});
    });
}

TEST(CommonClock, is_measured_anew_once_it_has_become_old)
{
    sim::run_simulated(drifting(), 4, [](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        CommonClock common(CommonClock::Kind::hca3, {});
        common.refresh(*group, world, backend.clock());
        const auto first = common.model();
        common.refresh(*group, world, backend.clock());
        EXPECT_EQ(common.model(), first) << "no time has passed";
        const auto eleven_seconds = group->prepare_compute({.seconds = 11});
        eleven_seconds->start();
        eleven_seconds->finish();
        common.refresh(*group, world, backend.clock());
        EXPECT_TRUE(world.rank() == 0 || common.model() != first);
        group->synchronize();
        const double shared = common.model()->common(backend.clock().now_s());
        EXPECT_NEAR(shared, broadcast_value(world, backend.clock().now_s(), 0), 5 * nanosecond);
    });
}

}  // namespace
}  // namespace plumbline
