// SPDX-License-Identifier: Apache-2.0
#include "tests/support/communicator_claims.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline::test {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

int last_rank(Communicator& world)
{
    return world.size() - 1;
}

std::vector<int> all_ranks(Communicator& world)
{
    std::vector<int> ranks(static_cast<std::size_t>(world.size()));
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

/// n-1, ..., 1: without rank 0, and in another order than the launch.
std::vector<int> all_but_first_backwards(Communicator& world)
{
    std::vector<int> ranks = all_ranks(world);
    std::reverse(ranks.begin(), ranks.end());
    ranks.pop_back();
    return ranks;
}

std::vector<std::byte> some_bytes(std::size_t size, int seed)
{
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) {
        bytes[i] = static_cast<std::byte>(i * 31 + static_cast<std::size_t>(seed) * 7);
    }
    return bytes;
}

/// A folder that all ranks (of one host) see, gone at the end. Collective over the launch.
class SharedFolder {
public:
    explicit SharedFolder(Communicator& world) : rank_(world.rank())
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline-XXXXXX").string();
        if (world.rank() == 0 && mkdtemp(name.data()) == nullptr) {
            name.clear();
        }
        path_ = broadcast_text(world, name, 0);
    }
    ~SharedFolder()
    {
        if (rank_ == 0) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }
    SharedFolder(const SharedFolder&) = delete;
    SharedFolder& operator=(const SharedFolder&) = delete;

    std::filesystem::path file_of(int rank) const { return path_ / std::to_string(rank); }

private:
    int rank_;
    std::filesystem::path path_;
};

void the_world_holds_every_rank_in_order(Communicator& world)
{
    EXPECT_THAT(world.members(), ElementsAreArray(all_ranks(world)));
    EXPECT_EQ(world.members()[static_cast<std::size_t>(world.rank())], world.rank());
}

void no_rank_leaves_a_barrier_before_all_have_come(Communicator& world)
{
    const SharedFolder folder(world);
    std::ofstream(folder.file_of(world.rank())) << "here";
    world.barrier();
    for (const int rank : all_ranks(world)) {
        EXPECT_TRUE(std::filesystem::exists(folder.file_of(rank))) << "rank " << rank;
    }
    world.barrier();
}

void broadcast_gives_the_roots_value_to_all(Communicator& world)
{
    for (const int root : all_ranks(world)) {
        EXPECT_EQ(broadcast_value(world, 100 + world.rank(), root), 100 + root);
        EXPECT_EQ(broadcast_text(world, std::string(1000, static_cast<char>('a' + world.rank())), root),
                  std::string(1000, static_cast<char>('a' + root)));
    }
}

void gather_collects_in_rank_order_on_the_root_alone(Communicator& world)
{
    std::vector<double> expected;
    for (const int rank : all_ranks(world)) {
        expected.push_back(0.5 * rank);
    }
    for (const int root : all_ranks(world)) {
        const std::vector<double> all = gather_values(world, 0.5 * world.rank(), root);
        EXPECT_THAT(all, ElementsAreArray(world.rank() == root ? expected : std::vector<double>{}));
    }
}

void texts_of_unequal_length_gather(Communicator& world)
{
    const std::vector<std::string> all =
        gather_texts(world, std::string(static_cast<std::size_t>(world.rank()), 'x'), last_rank(world));
    if (world.rank() != last_rank(world)) {
        EXPECT_THAT(all, IsEmpty());
        return;
    }
    ASSERT_EQ(all.size(), static_cast<std::size_t>(world.size()));
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
        EXPECT_EQ(all[rank], std::string(rank, 'x'));
    }
}

void gather_into_a_buffer_of_the_wrong_size_is_our_error(Communicator& world)
{
    if (world.rank() != 0) {
        return;  // the root refuses before it calls MPI
    }
    const std::vector<std::byte> mine(8);
    std::vector<std::byte> all(static_cast<std::size_t>(world.size()) * 8 + 1);
    EXPECT_THROW(world.gather(mine, all, 0), std::logic_error);
}

void max_is_the_largest_value_also_when_all_are_negative(Communicator& world)
{
    EXPECT_EQ(world.allreduce_max(world.rank()), last_rank(world));
    EXPECT_EQ(world.allreduce_max(-1 - world.rank()), -1);
    EXPECT_EQ(world.allreduce_max(INT64_MIN), INT64_MIN);
}

void max_quietly_is_max(Communicator& world)
{
    EXPECT_EQ(world.allreduce_max_sleeping(world.rank()), last_rank(world));
    EXPECT_EQ(world.allreduce_max_sleeping(-1 - world.rank()), -1);
}

void max_each_is_elementwise(Communicator& world)
{
    std::vector<double> values{1.0 * world.rank(), -1.0 * world.rank(), 3.5};
    world.allreduce_max_each(values);
    EXPECT_THAT(values, ElementsAre(1.0 * last_rank(world), 0.0, 3.5));
}

void ranks_agree_only_when_all_say_yes(Communicator& world)
{
    EXPECT_TRUE(all_agree(world, true));
    EXPECT_FALSE(all_agree(world, world.rank() != last_rank(world)));
}

void messages_of_any_length_arrive_in_order(Communicator& world)
{
    constexpr std::size_t sizes[] = {0, 1, 100'000, 3'000'000, 5};
    if (world.rank() != 0) {
        for (const std::size_t size : sizes) {
            world.send(some_bytes(size, world.rank()), 0);
        }
        return;
    }
    for (int from = last_rank(world); from > 0; --from) {
        for (const std::size_t size : sizes) {
            EXPECT_TRUE(world.receive(from) == some_bytes(size, from)) << size << " bytes from rank " << from;
        }
    }
}

void a_rank_can_send_to_itself(Communicator& world)
{
    world.send(some_bytes(3'000'000, 1), world.rank());
    world.send(some_bytes(2, 2), world.rank());
    EXPECT_TRUE(world.receive(world.rank()) == some_bytes(3'000'000, 1));
    EXPECT_TRUE(world.receive(world.rank()) == some_bytes(2, 2));
    EXPECT_THROW(world.receive(world.rank()), std::logic_error);
}

void a_subgroup_without_rank_0_works_by_itself_and_in_the_order_given(Communicator& world)
{
    const std::vector<int> ranks = all_but_first_backwards(world);
    if (world.rank() == 0) {
        return;
    }
    const auto group = world.subgroup(ranks);
    EXPECT_EQ(group->size(), world.size() - 1);
    EXPECT_EQ(group->rank(), last_rank(world) - world.rank());
    EXPECT_THAT(group->members(), ElementsAreArray(ranks));
    EXPECT_EQ(broadcast_value(*group, world.rank(), 0), last_rank(world));
    EXPECT_EQ(group->allreduce_max(-world.rank()), -1);
    EXPECT_EQ(group->allreduce_max_sleeping(world.rank()), last_rank(world));
    group->barrier();
    if (group->rank() == 0) {
        for (int from = 1; from < group->size(); ++from) {
            EXPECT_TRUE(group->receive(from) == some_bytes(10, from));
        }
    } else {
        group->send(some_bytes(10, group->rank()), 0);
    }
}

void a_subgroup_of_a_subgroup_knows_its_ranks_in_the_launch(Communicator& world)
{
    const std::vector<int> ranks = all_but_first_backwards(world);
    if (world.rank() == 0) {
        return;
    }
    const auto group = world.subgroup(ranks);
    const int last_in_group[] = {group->size() - 1};  // rank 1 of the launch
    if (group->rank() != last_in_group[0]) {
        EXPECT_THROW(group->subgroup(last_in_group), std::logic_error);
        return;
    }
    const auto alone = group->subgroup(last_in_group);
    EXPECT_EQ(alone->rank(), 0);
    EXPECT_THAT(alone->members(), ElementsAre(1));
    EXPECT_EQ(alone->allreduce_max(7), 7);
}

void the_same_ranks_can_be_grouped_more_often_than_any_library_has_communicators(Communicator& world)
{
    const std::vector<int> ranks = all_but_first_backwards(world);
    if (world.rank() == 0) {
        return;
    }
    // MPICH has 2048, Open MPI 65536.
    for (int i = 0; i < 70'000; ++i) {
        ASSERT_EQ(world.subgroup(ranks)->size(), world.size() - 1);
    }
}

void groups_side_by_side_do_not_mix(Communicator& world)
{
    const int parity = world.rank() % 2;
    std::vector<int> ranks;
    for (const int rank : all_ranks(world)) {
        if (rank % 2 == parity) {
            ranks.push_back(rank);
        }
    }
    const auto group = world.subgroup(ranks);
    EXPECT_EQ(group->allreduce_max(world.rank()), ranks.back());
    EXPECT_EQ(broadcast_value(*group, world.rank(), 0), parity);
}

constexpr CommunicatorClaim claims[] = {
    {"the_world_holds_every_rank_in_order", the_world_holds_every_rank_in_order},
    {"no_rank_leaves_a_barrier_before_all_have_come", no_rank_leaves_a_barrier_before_all_have_come},
    {"broadcast_gives_the_roots_value_to_all", broadcast_gives_the_roots_value_to_all},
    {"gather_collects_in_rank_order_on_the_root_alone", gather_collects_in_rank_order_on_the_root_alone},
    {"texts_of_unequal_length_gather", texts_of_unequal_length_gather},
    {"gather_into_a_buffer_of_the_wrong_size_is_our_error", gather_into_a_buffer_of_the_wrong_size_is_our_error},
    {"max_is_the_largest_value_also_when_all_are_negative", max_is_the_largest_value_also_when_all_are_negative},
    {"max_quietly_is_max", max_quietly_is_max},
    {"max_each_is_elementwise", max_each_is_elementwise},
    {"ranks_agree_only_when_all_say_yes", ranks_agree_only_when_all_say_yes},
    {"messages_of_any_length_arrive_in_order", messages_of_any_length_arrive_in_order},
    {"a_rank_can_send_to_itself", a_rank_can_send_to_itself},
    {"a_subgroup_without_rank_0_works_by_itself_and_in_the_order_given",
     a_subgroup_without_rank_0_works_by_itself_and_in_the_order_given},
    {"a_subgroup_of_a_subgroup_knows_its_ranks_in_the_launch", a_subgroup_of_a_subgroup_knows_its_ranks_in_the_launch},
    {"the_same_ranks_can_be_grouped_more_often_than_any_library_has_communicators",
     the_same_ranks_can_be_grouped_more_often_than_any_library_has_communicators},
    {"groups_side_by_side_do_not_mix", groups_side_by_side_do_not_mix},
};

}  // namespace

std::span<const CommunicatorClaim> communicator_claims()
{
    return claims;
}

}  // namespace plumbline::test
