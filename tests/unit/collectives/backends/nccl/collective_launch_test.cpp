// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/types.hpp"
#include "tests/support/counting_allocator.hpp"
#include "tests/support/zero_cost_nccl.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>

namespace plumbline {
namespace {

int allocations_of(Operation& operation)
{
    test::start_counting();
    for (int i = 0; i < 3; ++i) {
        operation.start();
        operation.finish();
    }
    return test::stop_counting();
}

TEST(CountingAllocator, counts)
{
    test::start_counting();
    const std::string text(100, 'x');
    EXPECT_GT(test::stop_counting(), 0);
    EXPECT_EQ(text.size(), 100U);
}

TEST(NcclOperation, allocates_nothing_between_start_and_finish)
{
    test::ZeroCostNccl nccl(PLUMBLINE_FAKE_NCCL);
    Group& group = nccl.group();
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.pairs) {
            continue;  // one rank has no partner
        }
        CollectiveCall call{.collective = row.collective, .count = 100};
        if (row.collective == Collective::alltoallv) {
            call.send_counts = call.recv_counts = {100};
        }
        const auto send = group.allocate(400);
        const auto recv = group.allocate(400);
        const auto operation = group.prepare(call, *send, *recv);
        EXPECT_EQ(allocations_of(*operation), 0) << row.name;
    }
    const auto buffer = group.allocate(64);
    const auto message = group.prepare_send(0, 1, *buffer, 64);
    EXPECT_EQ(allocations_of(*message), 0);
}

TEST(NcclOperation, a_chain_is_so_many_calls_and_one_wait_and_allocates_nothing)
{
    static int calls = 0;
    static int marks = 0;
    static int waits = 0;
    test::ZeroCostNccl nccl(PLUMBLINE_FAKE_NCCL);
    nccl.libraries().collectives.all_reduce = [](const void*, void*, std::size_t, nccl::abi::Type, nccl::abi::RedOp,
                                                 nccl::abi::Comm, cuda::Stream) {
        ++calls;
        return 0;
    };
    nccl.libraries().cuda.calls.event_record = [](cuda::Event, cuda::Stream) {
        ++marks;
        return 0;
    };
    nccl.libraries().cuda.calls.event_query = [](cuda::Event) {
        ++waits;
        return 0;
    };
    Group& group = nccl.group();
    const auto send = group.allocate(400);
    const auto recv = group.allocate(400);
    CollectiveQueue* const queue = group.collective_queue();
    ASSERT_NE(queue, nullptr);
    ASSERT_EQ(queue->buffer_pairs(20), 1U) << "operations on one stream follow each other";
    const std::array pairs{BufferPair{.send = send.get(), .recv = recv.get()}};
    const auto chain = queue->prepare_chain({.collective = Collective::allreduce, .count = 100}, pairs, 20);
    chain->start();
    EXPECT_EQ(calls, 20);
    EXPECT_EQ(marks, 2) << "before the first and after the last";
    EXPECT_EQ(waits, 0);
    chain->finish();
    EXPECT_EQ(waits, 1);
    EXPECT_EQ(calls, 20);
    EXPECT_EQ(allocations_of(*chain), 0);
}

}  // namespace
}  // namespace plumbline
