#include "collectives/types.hpp"
#include "tests/support/zero_cost_nccl.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <new>
#include <string>

namespace {

// Counts what this thread takes from the heap while it is asked to.
thread_local bool counting = false;
thread_local int allocations = 0;

void* take(std::size_t bytes)
{
    allocations += counting ? 1 : 0;
    void* const memory = std::malloc(bytes == 0 ? 1 : bytes);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

void* operator new(std::size_t bytes)
{
    return take(bytes);
}
void* operator new[](std::size_t bytes)
{
    return take(bytes);
}
void operator delete(void* memory) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory) noexcept
{
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept
{
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept
{
    std::free(memory);
}

namespace plumbline {
namespace {

int allocations_of(Operation& operation)
{
    allocations = 0;
    counting = true;
    for (int i = 0; i < 3; ++i) {
        operation.start();
        operation.finish();
    }
    counting = false;
    return allocations;
}

TEST(CountingAllocator, counts)
{
    allocations = 0;
    counting = true;
    std::string text(100, 'x');
    counting = false;
    EXPECT_GT(allocations, 0);
    EXPECT_EQ(text.size(), 100U);
}

TEST(NcclOperation, allocates_nothing_between_start_and_finish)
{
    testing::ZeroCostNccl nccl(PLUMBLINE_STANDIN_NCCL);
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

}  // namespace
}  // namespace plumbline
