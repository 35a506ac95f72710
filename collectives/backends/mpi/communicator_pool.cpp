// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/communicator_pool.hpp"

#include "collectives/backends/mpi/check.hpp"

#include <numeric>

namespace plumbline::mpi {

namespace {

std::vector<int> all_ranks(int size)
{
    std::vector<int> ranks(static_cast<std::size_t>(size));
    std::iota(ranks.begin(), ranks.end(), 0);
    return ranks;
}

MPI_Comm create(MPI_Comm world, const std::vector<int>& world_ranks)
{
    constexpr int tag = 0;
    MPI_Group everyone = MPI_GROUP_NULL;
    MPI_Group some = MPI_GROUP_NULL;
    MPI_Comm comm = MPI_COMM_NULL;
    check(MPI_Comm_group(world, &everyone), "MPI_Comm_group");
    check(MPI_Group_incl(everyone, static_cast<int>(world_ranks.size()), world_ranks.data(), &some), "MPI_Group_incl");
    check(MPI_Comm_create_group(world, some, tag, &comm), "MPI_Comm_create_group");
    check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Group_free(&some), "MPI_Group_free");
    check(MPI_Group_free(&everyone), "MPI_Group_free");
    return comm;
}

}  // namespace

int rank_in(MPI_Comm comm)
{
    int rank = 0;
    check(MPI_Comm_rank(comm, &rank), "MPI_Comm_rank");
    return rank;
}

int size_of(MPI_Comm comm)
{
    int size = 0;
    check(MPI_Comm_size(comm, &size), "MPI_Comm_size");
    return size;
}

CommunicatorPool::CommunicatorPool(MPI_Comm world)
{
    check(MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    const auto entry = pool_.emplace(all_ranks(size_of(world)), world).first;
    world_ = {.members = entry->first, .comm = world};
}

CommunicatorPool::Entry CommunicatorPool::over(std::span<const int> world_ranks)
{
    std::vector<int> key(world_ranks.begin(), world_ranks.end());
    auto entry = pool_.find(key);
    if (entry == pool_.end()) {
        entry = pool_.emplace(std::move(key), MPI_COMM_NULL).first;
    }
    if (entry->second == MPI_COMM_NULL) {
        entry->second = create(world_.comm, entry->first);
    }
    return {.members = entry->first, .comm = entry->second};
}

MPI_Comm CommunicatorPool::another_over(std::span<const int> world_ranks)
{
    others_.push_back(create(world_.comm, {world_ranks.begin(), world_ranks.end()}));
    return others_.back();
}

// Two ranks free what they have in common in one order: by the rank sets, and as it was made.
void CommunicatorPool::renew()
{
    for (auto& [ranks, comm] : pool_) {
        if (comm != world_.comm && comm != MPI_COMM_NULL) {
            check(MPI_Comm_free(&comm), "MPI_Comm_free");
        }
        comm = MPI_COMM_NULL;
    }
    for (MPI_Comm& comm : others_) {
        check(MPI_Comm_free(&comm), "MPI_Comm_free");
    }
    others_.clear();
}

}  // namespace plumbline::mpi
