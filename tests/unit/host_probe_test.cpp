#include "harness/host_probe.hpp"

#include "collectives/thread_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
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

TEST(HostProbe, a_host_answers_with_the_median_of_its_pairs_and_one_without_pairs_not_at_all)
{
    const double none = std::numeric_limits<double>::quiet_NaN();
    EXPECT_THAT(by_host(std::vector{1.0, 1.0, none, 5.0, 9.0}, {{0, 0, 1, 2, 2}}), ElementsAre(1, 7));
}

TEST(HostProbe, every_rank_is_probed_and_pairs_are_timed)
{
    const Topology topology{{0, 0, 1}};
    std::vector<double> look;
    HostProbe probe;
    run_as_threads(3, [&](Communicator& world) {
        HostProber prober(world, topology);
        const auto seen = prober.look();
        const auto taken = prober.take(4);
        if (world.rank() == 0) {
            look = seen;
            probe = taken;
        } else {
            EXPECT_THAT(seen, IsEmpty());
            EXPECT_THAT(taken.ranks, IsEmpty());
        }
    });
    ASSERT_THAT(look, SizeIs(1));
    EXPECT_GT(look[0], 0);
    EXPECT_EQ(probe.position, 4);
    ASSERT_THAT(probe.ranks, SizeIs(3));
    for (const RankProbe& rank : probe.ranks) {
        EXPECT_TRUE(rank.alone_best_s && rank.together_median_s);
        EXPECT_LE(*rank.together_best_s, *rank.together_median_s);
        EXPECT_EQ(rank.neighbour_s.has_value(), rank.rank < 2);
    }
}

TEST(HostProbe, without_two_ranks_on_any_host_there_is_nothing_to_look_at)
{
    run_as_threads(2, [&](Communicator& world) {
        const Topology topology{{0, 1}};
        EXPECT_THAT(HostProber(world, topology).look(), IsEmpty());
    });
}

}  // namespace
}  // namespace plumbline
