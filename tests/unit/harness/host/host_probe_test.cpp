// SPDX-License-Identifier: Apache-2.0
#include "harness/host/host_probe.hpp"

#include "collectives/backends/sim/thread_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <limits>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(HostProbe, ranks_of_a_host_are_paired_in_order_wherever_they_are_in_the_launch)
{
    const auto places = pair_up({{0, 1, 0, 1, 0}});
    EXPECT_THAT(places, ElementsAre(LocalPlace{0, 2}, LocalPlace{0, 3}, LocalPlace{1, 0}, LocalPlace{1, 1},
                                    LocalPlace{2, std::nullopt}));
}

TEST(HostProbe, a_host_answers_with_the_median_of_its_lines_if_it_has_any_and_its_slowest_copy)
{
    const double none = std::numeric_limits<double>::quiet_NaN();
    const auto snapshot =
        by_host(std::vector<CoreReading>{{1, 4}, {1, 6}, {none, 3}, {5, 2}, {9, 2}}, {{0, 0, 1, 2, 2}});
    EXPECT_THAT(snapshot.cache_line_latency_s, ElementsAre(1, 7));
    EXPECT_THAT(snapshot.l1_copy_s, ElementsAre(6, 3, 2));
}

TEST(HostProbe, every_rank_is_probed_and_pairs_are_timed)
{
    const Topology topology{{0, 0, 1}};
    HostSnapshot snapshot;
    HostProbe probe;
    run_as_threads(3, [&](Communicator& world) {
        HostProber prober(world, topology);
        const auto seen = prober.snapshot();
        const auto taken = prober.probe(4);
        if (world.rank() == 0) {
            snapshot = seen;
            probe = taken;
        } else {
            EXPECT_TRUE(seen.empty());
            EXPECT_THAT(taken.ranks, IsEmpty());
        }
    });
    ASSERT_THAT(snapshot.cache_line_latency_s, SizeIs(1)) << "of the host with two ranks";
    EXPECT_GT(snapshot.cache_line_latency_s[0], 0);
    ASSERT_THAT(snapshot.l1_copy_s, SizeIs(2));
    EXPECT_GT(*std::min_element(snapshot.l1_copy_s.begin(), snapshot.l1_copy_s.end()), 0);
    EXPECT_EQ(probe.position, 4);
    ASSERT_THAT(probe.ranks, SizeIs(3));
    for (const RankProbe& rank : probe.ranks) {
        EXPECT_TRUE(rank.alone_best_s && rank.together_median_s);
        EXPECT_LE(*rank.together_best_s, *rank.together_median_s);
        EXPECT_EQ(rank.cache_line_latency_s.has_value(), rank.rank < 2);
        EXPECT_GT(rank.l1_copy_s.value_or(0), 0);
    }
}

TEST(HostProbe, without_two_ranks_on_any_host_only_the_cores_are_looked_at)
{
    run_as_threads(2, [&](Communicator& world) {
        const auto snapshot = HostProber(world, {{0, 1}}).snapshot();
        EXPECT_THAT(snapshot.cache_line_latency_s, IsEmpty());
        EXPECT_THAT(snapshot.l1_copy_s, SizeIs(world.rank() == 0 ? 2 : 0));
    });
}

}  // namespace
}  // namespace plumbline
