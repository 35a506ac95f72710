// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/fiber_group.hpp"

#include "collectives/api/communicator.hpp"
#include "tests/support/self_communicator.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

std::string failure_of(int ranks, const std::function<void(Communicator&)>& body)
{
    try {
        run_as_fibers(ranks, body);
    } catch (const std::exception& error) {
        return error.what();
    }
    return "";
}

TEST(FiberGroup, each_rank_runs_once_and_knows_its_place)
{
    std::array<int, 5> runs{};
    run_as_fibers(5, [&](Communicator& comm) {
        ++runs.at(static_cast<std::size_t>(comm.rank()));
        EXPECT_EQ(comm.size(), 5);
        EXPECT_EQ(std::vector<int>(comm.members().begin(), comm.members().end()), (std::vector{0, 1, 2, 3, 4}));
    });
    for (const auto& count : runs) {
        EXPECT_EQ(count, 1);
    }
}

TEST(FiberGroup, nobody_leaves_a_barrier_before_all_have_come)
{
    int arrived = 0;
    run_as_fibers(8, [&](Communicator& comm) {
        for (int round = 1; round <= 50; ++round) {
            ++arrived;
            comm.barrier();
            EXPECT_GE(arrived, 8 * round);
            comm.barrier();
        }
    });
}

TEST(FiberGroup, every_root_can_broadcast)
{
    run_as_fibers(4, [](Communicator& comm) {
        for (int root = 0; root < 4; ++root) {
            EXPECT_EQ(broadcast_value(comm, comm.rank() * 10, root), root * 10);
        }
    });
}

TEST(FiberGroup, gather_gives_the_root_all_values_in_rank_order)
{
    run_as_fibers(4, [](Communicator& comm) {
        for (int root = 0; root < 4; ++root) {
            const auto all = gather_values(comm, comm.rank() + 100 * root, root);
            const int base = 100 * root;
            EXPECT_EQ(all,
                      comm.rank() == root ? (std::vector{base, base + 1, base + 2, base + 3}) : std::vector<int>{});
        }
    });
}

TEST(FiberGroup, max_is_the_largest_also_when_all_are_negative)
{
    run_as_fibers(3, [](Communicator& comm) {
        EXPECT_EQ(comm.allreduce_max(-10 - comm.rank()), -10);
        EXPECT_EQ(comm.allreduce_max_sleeping(comm.rank() == 1 ? 99 : 5), 99);
        EXPECT_EQ(comm.allreduce_max(comm.rank()), 2);
    });
}

TEST(FiberGroup, max_each_takes_the_largest_of_each_position)
{
    run_as_fibers(3, [](Communicator& comm) {
        std::array<double, 2> values{static_cast<double>(comm.rank()), -static_cast<double>(comm.rank())};
        comm.allreduce_max_each(values);
        EXPECT_EQ(values, (std::array{2.0, 0.0}));
        comm.allreduce_max_each({});
    });
}

TEST(FiberGroup, all_agree_only_when_every_rank_does)
{
    run_as_fibers(3, [](Communicator& comm) {
        EXPECT_TRUE(all_agree(comm, true));
        EXPECT_FALSE(all_agree(comm, comm.rank() != 2));
        EXPECT_FALSE(all_agree(comm, false));
    });
}

TEST(FiberGroup, texts_of_different_lengths_travel_whole)
{
    run_as_fibers(3, [](Communicator& comm) {
        const std::string mine(static_cast<std::size_t>(comm.rank()) * 3, static_cast<char>('a' + comm.rank()));
        EXPECT_EQ(broadcast_text(comm, mine, 1), "bbb");
        EXPECT_EQ(broadcast_text(comm, mine, 0), "");
        const auto all = gather_texts(comm, mine, 2);
        EXPECT_EQ(all, comm.rank() == 2 ? (std::vector<std::string>{"", "bbb", "cccccc"}) : std::vector<std::string>{});
    });
}

TEST(FiberGroup, messages_between_two_ranks_arrive_in_order)
{
    run_as_fibers(3, [](Communicator& comm) {
        const int next = (comm.rank() + 1) % 3;
        const int previous = (comm.rank() + 2) % 3;
        for (std::size_t length = 0; length < 20; ++length) {
            comm.send(std::vector<std::byte>(length, static_cast<std::byte>(comm.rank())), next);
        }
        for (std::size_t length = 0; length < 20; ++length) {
            EXPECT_EQ(comm.receive(previous), std::vector<std::byte>(length, static_cast<std::byte>(previous)));
        }
    });
}

TEST(FiberGroup, a_subgroup_numbers_its_ranks_in_the_order_given)
{
    run_as_fibers(5, [](Communicator& comm) {
        const std::array ranks{4, 0, 2};
        if (comm.rank() % 2 != 0) {
            return;  // not a member: takes no part
        }
        const auto group = comm.subgroup(ranks);
        EXPECT_EQ(group->size(), 3);
        EXPECT_EQ(ranks.at(static_cast<std::size_t>(group->rank())), comm.rank());
        EXPECT_EQ(group->allreduce_max(comm.rank()), 4);
        EXPECT_EQ(broadcast_value(*group, comm.rank(), 0), 4);

        if (group->rank() != 1) {
            const auto pair = group->subgroup(std::array{2, 0});
            EXPECT_EQ(std::vector<int>(pair->members().begin(), pair->members().end()), (std::vector{2, 4}));
            EXPECT_EQ(pair->allreduce_max(comm.rank()), 4);
        }
    });
}

TEST(FiberGroup, the_same_subgroup_made_again_is_another_one)
{
    run_as_fibers(4, [](Communicator& comm) {
        const std::array ranks{0, 1, 2, 3};
        const auto first = comm.subgroup(ranks);
        const auto second = comm.subgroup(ranks);
        const std::byte one{1};
        const std::byte two{2};
        if (comm.rank() == 0) {
            second->send({&two, 1}, 1);
            first->send({&one, 1}, 1);
        } else if (comm.rank() == 1) {
            EXPECT_EQ(first->receive(0), std::vector{one});
            EXPECT_EQ(second->receive(0), std::vector{two});
        }
        for (int repeat = 0; repeat < 100; ++repeat) {
            EXPECT_EQ(comm.subgroup(ranks)->allreduce_max(comm.rank() + repeat), 3 + repeat);
        }
    });
}

TEST(FiberGroup, disjoint_subgroups_work_at_the_same_time)
{
    run_as_fibers(8, [](Communicator& comm) {
        const int base = comm.rank() / 4 * 4;
        const auto group = comm.subgroup(std::array{base, base + 1, base + 2, base + 3});
        for (std::int64_t round = 0; round < 20; ++round) {
            EXPECT_EQ(group->allreduce_max(comm.rank() * round), (base + 3) * round);
        }
    });
}

TEST(FiberGroup, the_exception_of_a_rank_is_rethrown_and_wakes_the_others)
{
    int woken = 0;
    const auto text = failure_of(6, [&](Communicator& comm) {
        const auto half = comm.subgroup(comm.rank() < 3 ? std::array{0, 1, 2} : std::array{3, 4, 5});
        if (comm.rank() == 1) {
            throw std::domain_error("the cause");
        }
        try {
            if (comm.rank() == 0) {
                half->barrier();
            } else if (comm.rank() == 2) {
                static_cast<void>(half->receive(1));
            } else {
                comm.barrier();
            }
        } catch (const std::runtime_error& error) {
            EXPECT_STREQ(error.what(), "rank 1 failed");
            ++woken;
            throw;
        }
    });
    EXPECT_EQ(text, "the cause");
    EXPECT_EQ(woken, 5);
}

TEST(FiberGroup, a_failed_launch_lets_nobody_wait_again)
{
    const auto text = failure_of(2, [](Communicator& comm) {
        if (comm.rank() == 0) {
            throw std::runtime_error("first");
        }
        EXPECT_THROW(comm.barrier(), std::runtime_error);
        EXPECT_THROW(static_cast<void>(comm.receive(0)), std::runtime_error);
    });
    EXPECT_EQ(text, "first");
}

TEST(FiberGroup, abort_ends_the_launch_with_its_status)
{
    const auto text = failure_of(3, [](Communicator& comm) {
        if (comm.rank() == 2) {
            comm.abort(5);
        }
        comm.barrier();
    });
    EXPECT_EQ(text, "rank 2 aborted with status 5");
}

TEST(FiberGroup, calls_that_make_no_sense_are_refused)
{
    run_as_fibers(2, [](Communicator& comm) {
        EXPECT_THROW(static_cast<void>(comm.subgroup(std::array{1 - comm.rank()})), std::logic_error);
        EXPECT_THROW(static_cast<void>(comm.subgroup(std::array{0, 1, 1})), std::logic_error);
        EXPECT_THROW(static_cast<void>(comm.subgroup(std::array{0, 1, 2})), std::logic_error);
        EXPECT_THROW(comm.send({}, 2), std::logic_error);
        EXPECT_THROW(static_cast<void>(comm.receive(-1)), std::logic_error);
        EXPECT_THROW(comm.broadcast({}, 2), std::logic_error);
        std::array<std::byte, 3> too_large{};
        EXPECT_THROW(comm.gather(std::span(too_large).first(1), too_large, comm.rank()), std::logic_error);
    });
    EXPECT_THROW(run_as_fibers(0, [](Communicator&) {}), std::logic_error);
}

TEST(FiberGroup, works_with_256_ranks)
{
    constexpr int ranks = 256;
    run_as_fibers(ranks, [](Communicator& comm) {
        comm.barrier();
        EXPECT_EQ(comm.allreduce_max(comm.rank()), ranks - 1);
        const auto all = gather_values(comm, comm.rank(), 7);
        EXPECT_EQ(std::accumulate(all.begin(), all.end(), 0), comm.rank() == 7 ? ranks * (ranks - 1) / 2 : 0);
    });
}

TEST(SelfCommunicator, is_a_group_of_one)
{
    test::SelfCommunicator comm;
    EXPECT_EQ(comm.rank(), 0);
    EXPECT_EQ(comm.size(), 1);
    EXPECT_EQ(std::vector<int>(comm.members().begin(), comm.members().end()), std::vector{0});
    comm.barrier();
    EXPECT_EQ(broadcast_value(comm, 5, 0), 5);
    EXPECT_EQ(gather_values(comm, 6, 0), std::vector{6});
    EXPECT_EQ(broadcast_text(comm, "abc", 0), "abc");
    EXPECT_EQ(gather_texts(comm, "abc", 0), std::vector<std::string>{"abc"});
    EXPECT_EQ(comm.allreduce_max(-3), -3);
    EXPECT_EQ(comm.allreduce_max_sleeping(-3), -3);
    EXPECT_EQ(comm.subgroup(std::array{0})->size(), 1);
}

TEST(SelfCommunicator, keeps_messages_to_itself_in_order)
{
    test::SelfCommunicator comm;
    const std::byte one{1};
    const std::byte two{2};
    comm.send({&one, 1}, 0);
    comm.send({&two, 1}, 0);
    EXPECT_EQ(comm.receive(0), std::vector{one});
    EXPECT_EQ(comm.receive(0), std::vector{two});
}

TEST(SelfCommunicator, refuses_other_ranks_and_waiting_for_nothing)
{
    test::SelfCommunicator comm;
    EXPECT_THROW(comm.send({}, 1), std::logic_error);
    EXPECT_THROW(static_cast<void>(comm.receive(1)), std::logic_error);
    EXPECT_THROW(static_cast<void>(comm.receive(0)), std::logic_error);
    EXPECT_THROW(static_cast<void>(comm.subgroup(std::array{1})), std::logic_error);
    EXPECT_THROW(static_cast<void>(comm.subgroup(std::array{0, 0})), std::logic_error);
}

TEST(SelfCommunicatorDeathTest, abort_ends_the_process_with_the_status)
{
    EXPECT_EXIT(test::SelfCommunicator().abort(5), testing::ExitedWithCode(5), "");
}

}  // namespace
}  // namespace plumbline
