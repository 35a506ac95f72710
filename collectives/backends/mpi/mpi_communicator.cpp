// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/mpi_communicator.hpp"

#include "collectives/backends/mpi/block_pieces.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/large_count.hpp"
#include "collectives/backends/mpi/simulator.hpp"
#include "collectives/backends/mpi/sleeping_wait.hpp"

#include <climits>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace plumbline::mpi {

namespace {

constexpr int message_tag = 0;

}  // namespace

MpiCommunicator::MpiCommunicator(CommunicatorPool& pool, std::span<const int> members)
    : MpiCommunicator(pool, pool.over(members))
{
}

MpiCommunicator::MpiCommunicator(CommunicatorPool& pool) : MpiCommunicator(pool, pool.everyone()) {}

MpiCommunicator::MpiCommunicator(CommunicatorPool& pool, const CommunicatorPool::Entry& entry)
    : pool_(pool), members_(entry.members), comm_(entry.comm), rank_(rank_in(comm_))
{
}

void MpiCommunicator::barrier()
{
    check(MPI_Barrier(comm_), "MPI_Barrier");
}

void MpiCommunicator::broadcast(std::span<std::byte> data, int root)
{
    for (const Piece& piece : cut(data.size(), INT_MAX)) {
        check(MPI_Bcast(data.data() + piece.first, piece.count, MPI_BYTE, root, comm_), "MPI_Bcast");
    }
}

void MpiCommunicator::gather(std::span<const std::byte> mine, std::span<std::byte> all, int root)
{
    if (rank_ == root && all.size() != mine.size() * members_.size()) {
        throw std::logic_error("gather: the root's buffer must hold every rank's bytes");
    }
    for (const BlockPiece& piece : BlockPieces(mine.size(), size(), MPI_BYTE, INT_MAX)) {
        std::byte* const to = all.empty() ? nullptr : all.data() + piece.elements.first;
        check(MPI_Gather(mine.data() + piece.elements.first, piece.elements.count, MPI_BYTE, to, piece.strided_count,
                         piece.strided, root, comm_),
              "MPI_Gather");
    }
}

std::int64_t MpiCommunicator::allreduce_max(std::int64_t value)
{
    std::int64_t largest = 0;
    check(MPI_Allreduce(&value, &largest, 1, MPI_INT64_T, MPI_MAX, comm_), "MPI_Allreduce");
    return largest;
}

std::int64_t MpiCommunicator::allreduce_max_sleeping(std::int64_t value)
{
    if (library_is_simulator()) {
        // There is nobody to disturb, and SMPI's MPI_Iallreduce sends a message from each rank to each.
        return allreduce_max(value);
    }
    std::int64_t largest = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Iallreduce(&value, &largest, 1, MPI_INT64_T, MPI_MAX, comm_, &request), "MPI_Iallreduce");
    wait_sleeping([&] {
        int done = 0;
        check(MPI_Test(&request, &done, MPI_STATUS_IGNORE), "MPI_Test");
        return done != 0;
    });
    return largest;
}

void MpiCommunicator::allreduce_max_each(std::span<double> values)
{
    for (const Piece& piece : cut(values.size(), INT_MAX)) {
        check(MPI_Allreduce(MPI_IN_PLACE, values.data() + piece.first, piece.count, MPI_DOUBLE, MPI_MAX, comm_),
              "MPI_Allreduce");
    }
}

void MpiCommunicator::send(std::span<const std::byte> data, int to)
{
    if (to == rank_) {
        own_messages_.emplace_back(data.begin(), data.end());
        return;
    }
    // The length goes ahead: the receiver can't ask for one that no int holds.
    const std::uint64_t bytes = data.size();
    check(MPI_Send(&bytes, 1, MPI_UINT64_T, to, message_tag, comm_), "MPI_Send");
    for (const Piece& piece : cut(bytes, INT_MAX)) {
        check(MPI_Send(data.data() + piece.first, piece.count, MPI_BYTE, to, message_tag, comm_), "MPI_Send");
    }
}

std::vector<std::byte> MpiCommunicator::receive(int from)
{
    if (from == rank_) {
        return take_own_message();
    }
    wait_sleeping([&] {
        int there = 0;
        check(MPI_Iprobe(from, message_tag, comm_, &there, MPI_STATUS_IGNORE), "MPI_Iprobe");
        return there != 0;
    });
    std::uint64_t bytes = 0;
    check(MPI_Recv(&bytes, 1, MPI_UINT64_T, from, message_tag, comm_, MPI_STATUS_IGNORE), "MPI_Recv");
    std::vector<std::byte> data(bytes);
    for (const Piece& piece : cut(bytes, INT_MAX)) {
        check(MPI_Recv(data.data() + piece.first, piece.count, MPI_BYTE, from, message_tag, comm_, MPI_STATUS_IGNORE),
              "MPI_Recv");
    }
    return data;
}

std::vector<std::byte> MpiCommunicator::take_own_message()
{
    if (own_messages_.empty()) {
        throw std::logic_error("receive: this rank waits for a message that it never sent to itself");
    }
    std::vector<std::byte> data = std::move(own_messages_.front());
    own_messages_.pop_front();
    return data;
}

std::unique_ptr<Communicator> MpiCommunicator::subgroup(std::span<const int> ranks)
{
    std::vector<int> world_ranks;
    world_ranks.reserve(ranks.size());
    bool among_them = false;
    for (const int rank : ranks) {
        if (rank < 0 || rank >= size()) {
            throw std::logic_error("subgroup: of ranks that are not in this group");
        }
        world_ranks.push_back(members_[static_cast<std::size_t>(rank)]);
        among_them = among_them || rank == rank_;
    }
    if (!among_them) {
        throw std::logic_error("subgroup: called by a rank that is not in it");
    }
    return std::make_unique<MpiCommunicator>(pool_, world_ranks);
}

void MpiCommunicator::abort(int status)
{
    // The whole launch, not the ranks of this communicator alone.
    MPI_Abort(pool_.world(), status);
    std::_Exit(status);
}

}  // namespace plumbline::mpi
