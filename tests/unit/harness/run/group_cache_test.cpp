// SPDX-License-Identifier: Apache-2.0
#include "harness/run/group_cache.hpp"

#include "collectives/backends/sim/sim_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>
#include <vector>

namespace plumbline {
namespace {

/// Runs `body` on each of four simulated ranks, two a node, with a cache of its own.
void on_four_ranks(const std::function<void(Communicator&, GroupCache&)>& body)
{
    const Topology topology{.node_of_rank = {0, 0, 1, 1}};
    const SyncSettings sync;
    sim::run_simulated({}, topology.ranks(), [&](Communicator& world, Backend& backend) {
        GroupCache cache({.world = world, .backend = backend, .sync = sync, .topology = topology});
        body(world, cache);
    });
}

TEST(GroupCache, makes_one_group_for_the_same_ranks_in_the_same_order)
{
    on_four_ranks([](Communicator&, GroupCache& cache) {
        const CaseGroup& all = cache.get({0, 1, 2, 3});
        ASSERT_EQ(all.failure, std::nullopt);
        EXPECT_EQ(all.group->size(), 4);
        ASSERT_NE(all.synchronisation, nullptr);
        const CaseGroup& reversed = cache.get({3, 2, 1, 0});
        EXPECT_NE(&reversed, &all);
        EXPECT_EQ(&cache.get({0, 1, 2, 3}), &all);
        EXPECT_EQ(&cache.get({3, 2, 1, 0}), &reversed);
    });
}

TEST(GroupCache, numbers_a_subgroup_by_ranks_of_the_case)
{
    on_four_ranks([](Communicator& world, GroupCache& cache) {
        const std::vector<int> case_ranks{3, 1};  // rank 0 of the case is world rank 3
        if (world.rank() == 3) {
            EXPECT_EQ(cache.subgroup({0}, case_ranks).size(), 1);
            EXPECT_EQ(&cache.subgroup({0}, case_ranks), cache.get({3}).group.get());
        }
    });
}

TEST(GroupCache, evicts_groups_within_the_ranks_of_a_broken_case_alone)
{
    on_four_ranks([](Communicator& world, GroupCache& cache) {
        const CaseGroup& all = cache.get({0, 1, 2, 3});
        const bool in_first_half = world.rank() < 2;
        if (in_first_half) {
            cache.get({0, 1});
        }
        const std::size_t groups = cache.size();
        cache.evict_within({0, 1});
        EXPECT_EQ(cache.size(), in_first_half ? groups - 1 : groups);
        EXPECT_EQ(&cache.get({0, 1, 2, 3}), &all);
    });
}

TEST(NodesOf, are_those_of_the_world_ranks)
{
    EXPECT_THAT(nodes_of({.node_of_rank = {0, 0, 1, 1}}, std::vector<int>{3, 0}), testing::ElementsAre(1, 0));
}

}  // namespace
}  // namespace plumbline
