// SPDX-License-Identifier: Apache-2.0
#include "harness/host/host_probe.hpp"
#include "tests/mpi/launch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

using testing::Each;
using testing::Gt;
using testing::IsEmpty;
using testing::SizeIs;

/// The last rank of three and more is on a host of its own; so is each of two.
Topology two_hosts(int ranks)
{
    std::vector<int> nodes(static_cast<std::size_t>(ranks), 0);
    nodes.back() = ranks > 1 ? 1 : 0;
    return {nodes};
}

TEST(HostProbe, looks_at_every_core_and_at_the_pairs_of_a_host)
{
    Communicator& world = session().world();
    const auto hosts = static_cast<std::size_t>(std::min(world.size(), 2));
    const bool pairs = world.size() > 2;
    const auto seen = HostProber(world, two_hosts(world.size())).snapshot();
    if (world.rank() != 0) {
        EXPECT_TRUE(seen.empty());
        return;
    }
    EXPECT_THAT(seen.l1_copy_s, SizeIs(hosts));
    EXPECT_THAT(seen.l1_copy_s, Each(Gt(0)));
    EXPECT_THAT(seen.cache_line_latency_s, SizeIs(pairs ? 1 : 0)) << "of the host with two ranks or more";
    EXPECT_THAT(seen.cache_line_latency_s, Each(Gt(0)));
}

TEST(HostProbe, times_work_on_every_rank_and_lines_between_those_that_have_a_partner)
{
    Communicator& world = session().world();
    const int partnered = (world.size() - 1) / 2 * 2;  // of the first host, in pairs
    const HostProbe taken = HostProber(world, two_hosts(world.size())).probe(4);
    if (world.rank() != 0) {
        EXPECT_THAT(taken.ranks, IsEmpty());
        return;
    }
    EXPECT_EQ(taken.position, 4);
    ASSERT_THAT(taken.ranks, SizeIs(world.size()));
    for (const RankProbe& rank : taken.ranks) {
        EXPECT_TRUE(rank.alone_best_s && rank.together_median_s);
        EXPECT_LE(*rank.together_best_s, *rank.together_median_s);
        EXPECT_EQ(rank.cache_line_latency_s.has_value(), rank.rank < partnered) << rank.rank;
        EXPECT_GT(rank.l1_copy_s.value_or(0), 0);
    }
}

}  // namespace
}  // namespace plumbline
