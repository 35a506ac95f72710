// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/backend.hpp"
#include "tests/mpi/launch.hpp"
#include "tests/support/counting_allocator.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace plumbline {
namespace {

int allocations_of(Group& group, Operation& operation)
{
    group.synchronize();
    test::start_counting();
    for (int i = 0; i < 3; ++i) {
        operation.start();
        operation.finish();
    }
    return test::stop_counting();
}

/// Those that workloads have beside their compute.
bool overlaps(Collective collective)
{
    return collective == Collective::allreduce || collective == Collective::reduce_scatter ||
           collective == Collective::allgather || collective == Collective::alltoallv;
}

// MPI itself is C: what is counted is this project's.
TEST(MpiOperation, allocates_nothing_between_start_and_finish_on_any_rank)
{
    const auto backend = session().make_backend();
    const auto group = backend->make_group(session().world());
    const auto ranks = static_cast<std::uint64_t>(group->size());
    const auto send = group->allocate(400 * ranks);
    const auto recv = group->allocate(400 * ranks);
    for (const CollectiveInfo& row : all_collectives()) {
        CollectiveCall call{.collective = row.collective, .count = 100};
        if (row.collective == Collective::alltoallv) {
            call.send_counts = call.recv_counts = std::vector<std::uint64_t>(ranks, 100);
        }
        if (group->unsupported_reason(call)) {
            continue;  // pairs on an odd number of ranks
        }
        Buffer& input = row.collective == Collective::broadcast ? *recv : *send;
        const auto operation = group->prepare(call, input, *recv);
        EXPECT_EQ(allocations_of(*group, *operation), 0) << row.name;
        if (overlaps(row.collective)) {
            const auto overlapped = prepare_overlapped(*group, call, input, *recv);
            EXPECT_EQ(allocations_of(*group, *overlapped), 0) << row.name << ", overlapped";
        }
    }
}

}  // namespace
}  // namespace plumbline
