// SPDX-License-Identifier: Apache-2.0
#include "harness/run/group_cache.hpp"

#include "collectives/backends/sim/sim_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
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

TEST(GroupCache, makes_every_group_anew_after_it_was_renewed)
{
    on_four_ranks([](Communicator&, GroupCache& cache) {
        cache.get({0, 1, 2, 3}).group->synchronize();
        cache.renew();
        EXPECT_EQ(cache.size(), 0U);
        cache.get({0, 1, 2, 3}).group->synchronize();
        EXPECT_EQ(cache.size(), 1U);
    });
}

/// Rank set `number` of those that have world rank 0 in them and are all different.
std::shared_ptr<const std::vector<int>> rank_set(std::size_t number)
{
    std::vector<int> ranks{0};
    for (int rank = 1; number > 0; ++rank, number /= 2) {
        if (number % 2 == 1) {
            ranks.push_back(rank);
        }
    }
    return std::make_shared<const std::vector<int>>(ranks);
}

TEST(GroupCache, keeps_the_groups_of_so_many_rank_sets_and_evicts_those_that_came_longest_ago)
{
    constexpr std::size_t more = GroupCache::most_rank_sets + 10;
    const Topology topology{.node_of_rank = std::vector<int>(8, 0)};
    const SyncSettings sync;
    std::vector<std::size_t> sizes(8);
    sim::run_simulated({}, topology.ranks(), [&](Communicator& world, Backend& backend) {
        GroupCache cache({.world = world, .backend = backend, .sync = sync, .topology = topology});
        const auto measure = [&](std::size_t number) {
            const auto ranks = rank_set(number);
            cache.begin_case(ranks);
            const auto place = std::ranges::find(*ranks, world.rank()) - ranks->begin();
            if (place == std::ssize(*ranks)) {
                return;
            }
            cache.get(*ranks).group->synchronize();
            if (ranks->size() > 2 && place < 2) {
                cache.subgroup({0, 1}, *ranks).synchronize();  // evicted with the case that used it last
            }
        };
        for (int round = 0; round < 2; ++round) {  // the second makes anew what is gone: every rank agrees on that
            for (std::size_t number = 0; number < more; ++number) {
                measure(number);
                measure(3);  // always among the latest
                EXPECT_LE(cache.size(), 2 * GroupCache::most_rank_sets);
            }
        }
        sizes[static_cast<std::size_t>(world.rank())] = cache.size();
    });
    EXPECT_GE(sizes[0], GroupCache::most_rank_sets) << "rank 0 is in all of them";
    EXPECT_LE(sizes[0], 2 * GroupCache::most_rank_sets);
    EXPECT_GT(sizes[7], 0U);
}

TEST(NodesOf, are_those_of_the_world_ranks)
{
    EXPECT_THAT(nodes_of({.node_of_rank = {0, 0, 1, 1}}, std::vector<int>{3, 0}), testing::ElementsAre(1, 0));
}

}  // namespace
}  // namespace plumbline
