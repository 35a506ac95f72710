// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/communicator.hpp"

#include "tests/mpi/launch.hpp"

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

namespace plumbline {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

Communicator& world()
{
    return session().world();
}

int last_rank()
{
    return world().size() - 1;
}

std::vector<int> all_ranks()
{
    std::vector<int> ranks(static_cast<std::size_t>(world().size()));
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

/// n-1, ..., 1: without rank 0, and in another order than the launch.
std::vector<int> all_but_first_backwards()
{
    std::vector<int> ranks = all_ranks();
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
    SharedFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline-XXXXXX").string();
        if (world().rank() == 0 && mkdtemp(name.data()) == nullptr) {
            name.clear();
        }
        path_ = broadcast_text(world(), name, 0);
    }
    ~SharedFolder()
    {
        if (world().rank() == 0) {
            std::error_code ignored;
            std::filesystem::remove_all(path_, ignored);
        }
    }
    SharedFolder(const SharedFolder&) = delete;
    SharedFolder& operator=(const SharedFolder&) = delete;

    std::filesystem::path file_of(int rank) const { return path_ / std::to_string(rank); }

private:
    std::filesystem::path path_;
};

TEST(MpiCommunicator, the_world_holds_every_rank_in_order)
{
    EXPECT_THAT(world().members(), ElementsAreArray(all_ranks()));
    EXPECT_EQ(world().members()[static_cast<std::size_t>(world().rank())], world().rank());
}

TEST(MpiCommunicator, no_rank_leaves_a_barrier_before_all_have_come)
{
    const SharedFolder folder;
    std::ofstream(folder.file_of(world().rank())) << "here";
    world().barrier();
    for (const int rank : all_ranks()) {
        EXPECT_TRUE(std::filesystem::exists(folder.file_of(rank))) << "rank " << rank;
    }
    world().barrier();
}

TEST(MpiCommunicator, broadcast_gives_the_roots_value_to_all)
{
    for (const int root : all_ranks()) {
        EXPECT_EQ(broadcast_value(world(), 100 + world().rank(), root), 100 + root);
        EXPECT_EQ(broadcast_text(world(), std::string(1000, static_cast<char>('a' + world().rank())), root),
                  std::string(1000, static_cast<char>('a' + root)));
    }
}

TEST(MpiCommunicator, gather_collects_in_rank_order_on_the_root_alone)
{
    std::vector<double> expected;
    for (const int rank : all_ranks()) {
        expected.push_back(0.5 * rank);
    }
    for (const int root : all_ranks()) {
        const std::vector<double> all = gather_values(world(), 0.5 * world().rank(), root);
        EXPECT_THAT(all, ElementsAreArray(world().rank() == root ? expected : std::vector<double>{}));
    }
}

TEST(MpiCommunicator, texts_of_unequal_length_gather)
{
    const std::vector<std::string> all =
        gather_texts(world(), std::string(static_cast<std::size_t>(world().rank()), 'x'), last_rank());
    if (world().rank() != last_rank()) {
        EXPECT_THAT(all, IsEmpty());
        return;
    }
    ASSERT_EQ(all.size(), static_cast<std::size_t>(world().size()));
    for (std::size_t rank = 0; rank < all.size(); ++rank) {
        EXPECT_EQ(all[rank], std::string(rank, 'x'));
    }
}

TEST(MpiCommunicator, gather_into_a_buffer_of_the_wrong_size_is_our_error)
{
    if (world().rank() != 0) {
        return;  // the root refuses before it calls MPI
    }
    const std::vector<std::byte> mine(8);
    std::vector<std::byte> all(static_cast<std::size_t>(world().size()) * 8 + 1);
    EXPECT_THROW(world().gather(mine, all, 0), std::logic_error);
}

TEST(MpiCommunicator, max_is_the_largest_value_also_when_all_are_negative)
{
    EXPECT_EQ(world().allreduce_max(world().rank()), last_rank());
    EXPECT_EQ(world().allreduce_max(-1 - world().rank()), -1);
    EXPECT_EQ(world().allreduce_max(INT64_MIN), INT64_MIN);
}

TEST(MpiCommunicator, allreduce_max_sleeping_is_max)
{
    EXPECT_EQ(world().allreduce_max_sleeping(world().rank()), last_rank());
    EXPECT_EQ(world().allreduce_max_sleeping(-1 - world().rank()), -1);
}

TEST(MpiCommunicator, max_each_is_elementwise)
{
    std::vector<double> values{1.0 * world().rank(), -1.0 * world().rank(), 3.5};
    world().allreduce_max_each(values);
    EXPECT_THAT(values, ElementsAre(1.0 * last_rank(), 0.0, 3.5));
}

TEST(MpiCommunicator, ranks_agree_only_when_all_say_yes)
{
    EXPECT_TRUE(all_agree(world(), true));
    EXPECT_FALSE(all_agree(world(), world().rank() != last_rank()));
}

TEST(MpiCommunicator, messages_of_any_length_arrive_in_order)
{
    constexpr std::size_t sizes[] = {0, 1, 100'000, 3'000'000, 5};
    if (world().rank() != 0) {
        for (const std::size_t size : sizes) {
            world().send(some_bytes(size, world().rank()), 0);
        }
        return;
    }
    for (int from = last_rank(); from > 0; --from) {
        for (const std::size_t size : sizes) {
            EXPECT_TRUE(world().receive(from) == some_bytes(size, from)) << size << " bytes from rank " << from;
        }
    }
}

TEST(MpiCommunicator, a_rank_can_send_to_itself)
{
    world().send(some_bytes(3'000'000, 1), world().rank());
    world().send(some_bytes(2, 2), world().rank());
    EXPECT_TRUE(world().receive(world().rank()) == some_bytes(3'000'000, 1));
    EXPECT_TRUE(world().receive(world().rank()) == some_bytes(2, 2));
    EXPECT_THROW(world().receive(world().rank()), std::logic_error);
}

TEST(MpiCommunicator, a_subgroup_without_rank_0_works_by_itself_and_in_the_order_given)
{
    const std::vector<int> ranks = all_but_first_backwards();
    if (world().rank() == 0) {
        return;
    }
    const auto group = world().subgroup(ranks);
    EXPECT_EQ(group->size(), world().size() - 1);
    EXPECT_EQ(group->rank(), last_rank() - world().rank());
    EXPECT_THAT(group->members(), ElementsAreArray(ranks));
    EXPECT_EQ(broadcast_value(*group, world().rank(), 0), last_rank());
    EXPECT_EQ(group->allreduce_max(-world().rank()), -1);
    EXPECT_EQ(group->allreduce_max_sleeping(world().rank()), last_rank());
    group->barrier();
    if (group->rank() == 0) {
        for (int from = 1; from < group->size(); ++from) {
            EXPECT_TRUE(group->receive(from) == some_bytes(10, from));
        }
    } else {
        group->send(some_bytes(10, group->rank()), 0);
    }
}

TEST(MpiCommunicator, a_subgroup_of_a_subgroup_knows_its_ranks_in_the_launch)
{
    const std::vector<int> ranks = all_but_first_backwards();
    if (world().rank() == 0) {
        return;
    }
    const auto group = world().subgroup(ranks);
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

TEST(MpiCommunicator, the_same_ranks_can_be_grouped_more_often_than_mpi_has_communicators)
{
    const std::vector<int> ranks = all_but_first_backwards();
    if (world().rank() == 0) {
        return;
    }
    // MPICH has 2048, Open MPI 65536.
    for (int i = 0; i < 70'000; ++i) {
        ASSERT_EQ(world().subgroup(ranks)->size(), world().size() - 1);
    }
}

TEST(MpiCommunicator, groups_side_by_side_do_not_mix)
{
    const int parity = world().rank() % 2;
    std::vector<int> ranks;
    for (const int rank : all_ranks()) {
        if (rank % 2 == parity) {
            ranks.push_back(rank);
        }
    }
    const auto group = world().subgroup(ranks);
    EXPECT_EQ(group->allreduce_max(world().rank()), ranks.back());
    EXPECT_EQ(broadcast_value(*group, world().rank(), 0), parity);
}

}  // namespace
}  // namespace plumbline
