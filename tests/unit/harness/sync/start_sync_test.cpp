// SPDX-License-Identifier: Apache-2.0
#include "harness/sync/start_sync.hpp"

#include "collectives/backends/sim/sim_backend.hpp"
#include "harness/sampling/measure.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "tests/support/measured_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr double alpha = 2e-6;

sim::Cluster cluster()
{
    sim::Cluster made;
    made.latency_s = alpha;
    made.bandwidth_bytes_per_s = 1e30;  // a message takes its latency and nothing else
    return made;
}

void compute(Group& group, double seconds)
{
    const auto work = group.prepare_compute({.seconds = seconds});
    work->start();
    work->finish();
}

std::vector<double> on_each_rank(const sim::Cluster& wires, int ranks,
                                 const std::function<double(Group&, Communicator&, const Clock&)>& body)
{
    std::vector<double> results(static_cast<std::size_t>(ranks));
    sim::run_simulated(wires, ranks, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        results[static_cast<std::size_t>(world.rank())] = body(*group, world, backend.clock());
    });
    return results;
}

TEST(DisseminationBarrier, nobody_leaves_before_the_last_rank_has_come)
{
    for (const int ranks : {1, 2, 3, 4, 5, 8, 13}) {
        SCOPED_TRACE(ranks);
        const auto left = on_each_rank(cluster(), ranks, [&](Group& group, Communicator&, const Clock& clock) {
            DisseminationBarrier barrier(group);
            compute(group, group.rank() == ranks / 2 ? 1 : 0);
            barrier.meet();
            return clock.now_s();
        });
        EXPECT_THAT(left, Each(::testing::Ge(1.0)));
    }
}

TEST(DisseminationBarrier, a_late_rank_is_heard_of_one_latency_later_for_each_bit_of_the_distance)
{
    constexpr unsigned late = 3;
    constexpr unsigned ranks = 8;
    const auto left = on_each_rank(cluster(), ranks, [](Group& group, Communicator&, const Clock& clock) {
        DisseminationBarrier barrier(group);
        compute(group, group.rank() == late ? 1 : 0);
        barrier.meet();
        return clock.now_s();
    });
    for (unsigned rank = 0; rank < ranks; ++rank) {
        EXPECT_NEAR(left[rank], 1 + std::popcount((rank + ranks - late) % ranks) * alpha, 1e-12) << rank;
    }
}

TEST(DisseminationBarrier, a_flag_of_any_rank_reaches_all_and_is_forgotten)
{
    for (const int ranks : {1, 2, 3, 6, 8}) {
        for (int flagged = 0; flagged < ranks; ++flagged) {
            const auto seen = on_each_rank(cluster(), ranks, [&](Group& group, Communicator&, const Clock&) {
                DisseminationBarrier barrier(group);
                const bool before = barrier.meet();
                const bool with = barrier.meet(group.rank() == flagged);
                const bool after = barrier.meet();
                return !before && with && !after ? 1.0 : 0.0;
            });
            EXPECT_THAT(seen, Each(1.0)) << flagged << " of " << ranks;
        }
    }
}

TEST(TreeBroadcast, rank_0_tells_all)
{
    for (const int ranks : {1, 2, 3, 4, 7, 8, 9, 16}) {
        const auto told = on_each_rank(cluster(), ranks, [](Group& group, Communicator&, const Clock&) {
            TreeBroadcast tell(group);
            tell.share(-1);
            return tell.share(group.rank() == 0 ? 42.5 : 7);
        });
        EXPECT_THAT(told, Each(42.5)) << ranks;
    }
}

/// Start of each rank, in virtual time, after one alignment that rank `busy` comes to `busy_s` late.
std::vector<double> starts(const sim::Cluster& wires, int ranks, SyncSettings sync, double busy_s = 0)
{
    std::vector<int> nodes(static_cast<std::size_t>(ranks));
    for (int rank = 0; rank < ranks; ++rank) {
        nodes[static_cast<std::size_t>(rank)] = rank / wires.ranks_per_node;
    }
    return on_each_rank(wires, ranks, [&](Group& group, Communicator& members, const Clock& clock) {
        Synchronisation together(group, members, clock, sync, nodes);
        together.begin_round();
        compute(group, group.rank() == 1 ? busy_s : 0);
        together.start_sync().synchronize();
        return together.common_clock().value_or(ClockModel{}).common(clock.now_s());
    });
}

double spread(const std::vector<double>& values)
{
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    return *most - *least;
}

TEST(StartSync, a_barrier_starts_ranks_apart_by_its_exit_skew_and_a_window_together)
{
    sim::Cluster wires = cluster();
    wires.ranks_per_node = 8;
    wires.barrier_skew_s = 3e-6;
    EXPECT_NEAR(spread(starts(wires, 8, {.mode = SyncMode::barrier}, 1e-3)), 3e-6, 1e-12);
    EXPECT_NEAR(spread(starts(wires, 8, {.mode = SyncMode::dissemination}, 1e-3)), 3 * alpha, 1e-12);
    EXPECT_NEAR(spread(starts(wires, 8, {.mode = SyncMode::window}, 1e-3)), 0, 1e-12);
    EXPECT_NEAR(spread(starts(wires, 8, {.mode = SyncMode::automatic}, 1e-3)), 0, 1e-12);
}

TEST(StartSync, a_window_opens_for_all_at_once_though_each_node_has_a_clock_of_its_own)
{
    sim::Cluster wires = cluster();
    wires.clock_offset_s = 1;
    wires.clock_drift = 1e-5;
    for (const int ranks : {2, 5, 16}) {
        // What all ranks' clocks show of the common one is the same moment: the clocks' own error is clock_sync_test's.
        EXPECT_NEAR(spread(starts(wires, ranks, {.mode = SyncMode::window}, 1e-3)), 0, 1e-9) << ranks;
    }
}

TEST(StartSync, a_margin_too_short_for_the_broadcast_makes_ranks_late_and_all_learn_of_it)
{
    const SyncSettings hasty{.mode = SyncMode::window, .clock = SyncClock::local, .margin_s = 0.1 * alpha};
    std::vector<double> late(4);
    on_each_rank(cluster(), 4, [&](Group& group, Communicator& members, const Clock& clock) {
        Synchronisation together(group, members, clock, hasty, {0, 0, 0, 0});
        together.begin_round();
        together.start_sync().synchronize();
        late[static_cast<std::size_t>(group.rank())] = together.start_sync().late() ? 1 : 0;
        return 0;
    });
    // Rank 1 and 2 hear of the start alpha after it was told, rank 3 two alpha.
    EXPECT_EQ(late, (std::vector<double>{0, 1, 1, 1}));
}

TEST(StartSync, a_margin_that_is_not_given_keeps_late_starts_rare_where_messages_vary)
{
    sim::Cluster wires = cluster();
    wires.noise = 3;
    constexpr int samples = 300;
    const auto late = on_each_rank(wires, 4, [](Group& group, Communicator& members, const Clock& clock) {
        Synchronisation together(group, members, clock, {.mode = SyncMode::window}, {0, 0, 0, 0});
        together.begin_round();
        double count = 0;
        for (int i = 0; i < samples; ++i) {
            together.start_sync().synchronize();
            count += together.start_sync().late() ? 1 : 0;
        }
        return count;
    });
    EXPECT_THAT(late, Each(::testing::Le(0.1 * samples)));
}

TEST(Synchronisation, a_window_without_a_common_clock_is_refused_with_a_reason)
{
    on_each_rank(cluster(), 2, [](Group& group, Communicator& members, const Clock& clock) {
        const SyncSettings asked{.mode = SyncMode::window, .clock = SyncClock::local};
        EXPECT_THAT(Synchronisation(group, members, clock, asked, {0, 1}).refusal().value_or(""), HasSubstr("hca3"));
        EXPECT_FALSE(Synchronisation(group, members, clock, asked, {3, 3}).refusal());
        EXPECT_FALSE(Synchronisation(group, members, clock, {}, {0, 1}).refusal());
        return 0;
    });
}

TEST(Synchronisation, auto_takes_the_barrier_of_its_own_where_no_clock_is_shared)
{
    on_each_rank(cluster(), 2, [](Group& group, Communicator& members, const Clock& clock) {
        Synchronisation apart(group, members, clock, {.clock = SyncClock::local}, {0, 1});
        apart.begin_round();
        EXPECT_EQ(apart.start_sync().mode(), SyncMode::dissemination);
        Synchronisation together(group, members, clock, {}, {0, 1});
        together.begin_round();
        EXPECT_EQ(together.start_sync().mode(), SyncMode::window);
        return 0;
    });
}

TEST(OffsetsFromEarliest, each_row_begins_at_its_least)
{
    const SampleMatrix starts{.samples = 2, .ranks = 3, .values = {5, 3, 4, 10, 10, 12}};
    EXPECT_EQ(offsets_from_earliest(starts).values, (std::vector<double>{2, 0, 1, 0, 0, 2}));
}

/// One round of allreduce of 8 B on 4 ranks of one node.
Round measured(const sim::Cluster& wires, const SyncSettings& sync, const std::vector<int>& nodes = {0, 0, 0, 0})
{
    Case c;
    c.spec = std::make_shared<const Pattern>(CollectiveSpec{});
    c.what.pattern = "allreduce";
    c.what.bytes = 8;
    c.what.ranks = 4;
    Round round;
    sim::run_simulated(wires, 4, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        Synchronisation together(*group, world, backend.clock(), sync, nodes);
        const Measurement got = test::measured(*group, world, backend.clock(), c, {.synchronisation = &together});
        if (world.rank() == 0) {
            round = got.round;
        }
    });
    return round;
}

TEST(Measure, a_barriers_exit_skew_is_the_bias_of_the_time_and_is_stored_as_start_skew)
{
    sim::Cluster wires = cluster();
    const double skew = 5e-6;
    wires.barrier_skew_s = skew;
    const double truth = 6 * alpha;  // ring of 4
    const Round barrier = measured(wires, {.mode = SyncMode::barrier});
    const Round window = measured(wires, {.mode = SyncMode::window});
    const Round own = measured(wires, {.mode = SyncMode::dissemination});
    const auto time = [](const Round& round) { return slowest_seconds({{}, {round}}).back(); };
    EXPECT_NEAR(time(barrier), truth + skew, 1e-12);
    EXPECT_NEAR(time(window), truth, 1e-12);
    EXPECT_NEAR(time(own), truth, 1e-12) << "an allreduce leaves the ranks together";
    EXPECT_NEAR(start_skews({{}, {barrier}}).back(), skew, 1e-12);
    EXPECT_NEAR(start_skews({{}, {window}}).back(), 0, 1e-12);
    EXPECT_EQ(barrier.synchronisation, "barrier");
    EXPECT_EQ(window.synchronisation, "window");
    EXPECT_EQ(window.late, std::vector<std::uint8_t>(window.seconds.samples, 0));
    EXPECT_TRUE(barrier.late.empty());
    EXPECT_EQ(barrier.clock_error_s, 0.0);
}

TEST(Measure, start_skew_across_nodes_is_absent_with_local_clocks_and_there_with_hca3)
{
    sim::Cluster wires = cluster();
    wires.clock_offset_s = 1;
    const std::vector<int> apart{0, 1, 2, 3};
    const Round local = measured(wires, {.mode = SyncMode::barrier, .clock = SyncClock::local}, apart);
    EXPECT_FALSE(local.start_offset_s);
    EXPECT_FALSE(local.clock_error_s);
    EXPECT_FALSE(summarize({{}, {local}}, 0.95).median_start_skew_s);
    const Round hca3 = measured(wires, {.mode = SyncMode::barrier, .clock = SyncClock::hca3}, apart);
    EXPECT_NEAR(start_skews({{}, {hca3}}).back(), 0, 1e-9) << "a simulated barrier has no skew";
    EXPECT_NEAR(hca3.clock_error_s.value_or(0), 2 * alpha, 1e-9) << "two levels of half a round trip";
}

TEST(Measure, late_samples_are_flagged_and_counted_and_still_count_in_the_median)
{
    const Round round = measured(cluster(), {.mode = SyncMode::window, .margin_s = 0.1 * alpha});
    EXPECT_EQ(round.late, std::vector<std::uint8_t>(round.seconds.samples, 1));
    CaseRecord record{{}, {round}};
    const CaseSummary row = summarize(record, 0.95);
    EXPECT_EQ(row.late, row.samples);
    EXPECT_TRUE(row.median_s);
}

}  // namespace
}  // namespace plumbline
