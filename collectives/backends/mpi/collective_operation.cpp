// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/collective_operation.hpp"

#include "collectives/api/blocking_operation.hpp"
#include "collectives/backends/mpi/block_pieces.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/large_count.hpp"
#include "collectives/backends/mpi/message_operation.hpp"

#include <cstdint>
#include <stdexcept>
#include <vector>

namespace plumbline::mpi {

namespace {

/// One collective call as all functions below see it.
struct Job {
    Endpoint at;
    const CollectiveCall& call;
    MPI_Datatype type;
    MPI_Op op;
    std::byte* send;
    std::byte* recv;

    std::byte* send_at(std::uint64_t element) const { return shifted(send, element); }
    std::byte* recv_at(std::uint64_t element) const { return shifted(recv, element); }
    bool is_root() const { return at.rank == call.root; }
    std::vector<Piece> message() const { return cut(call.count, at.max_count); }
    BlockPieces blocks() const { return {call.count, at.size, type, at.max_count}; }

private:
    std::byte* shifted(std::byte* base, std::uint64_t elements) const
    {
        return base == nullptr ? nullptr : base + elements * plumbline::size_of(call.dtype);
    }
};

/// A piece of a message that every rank gives or gets as a whole.
struct Message {
    const void* send;
    void* recv;
    int count;
    int root;
};

/// A piece of a call that moves one block for each rank.
struct BlockMove {
    const void* send;
    int send_count;
    MPI_Datatype send_type;
    void* recv;
    int recv_count;
    MPI_Datatype recv_type;
};

/// BlockMoves and the derived types in them.
struct BlockMoves {
    BlockPieces pieces;
    std::vector<BlockMove> moves;
};

enum class Side : std::uint8_t { one_block, all_blocks };

BlockMoves block_moves(const Job& job, Side send, Side recv)
{
    BlockMoves all{.pieces = job.blocks(), .moves = {}};
    for (const BlockPiece& piece : all.pieces) {
        BlockMove move{.send = job.send_at(piece.elements.first),
                       .send_count = piece.elements.count,
                       .send_type = job.type,
                       .recv = job.recv_at(piece.elements.first),
                       .recv_count = piece.elements.count,
                       .recv_type = job.type};
        if (send == Side::all_blocks) {
            move.send_count = piece.strided_count;
            move.send_type = piece.strided;
        }
        if (recv == Side::all_blocks) {
            move.recv_count = piece.strided_count;
            move.recv_type = piece.strided;
        }
        all.moves.push_back(move);
    }
    return all;
}

std::unique_ptr<Operation> allreduce(const Job& job)
{
    std::vector<Message> messages;
    for (const Piece& piece : job.message()) {
        messages.push_back({.send = job.call.in_place ? MPI_IN_PLACE : job.send_at(piece.first),
                            .recv = job.recv_at(piece.first),
                            .count = piece.count,
                            .root = 0});
    }
    return blocking([messages, type = job.type, op = job.op, comm = job.at.comm] {
        for (const Message& m : messages) {
            check(MPI_Allreduce(m.send, m.recv, m.count, type, op, comm), "MPI_Allreduce");
        }
    });
}

std::unique_ptr<Operation> reduce_messages(const Job& job, const std::vector<Message>& messages)
{
    return blocking([messages, type = job.type, op = job.op, comm = job.at.comm] {
        for (const Message& m : messages) {
            check(MPI_Reduce(m.send, m.recv, m.count, type, op, m.root, comm), "MPI_Reduce");
        }
    });
}

std::unique_ptr<Operation> reduce(const Job& job)
{
    std::vector<Message> messages;
    for (const Piece& piece : job.message()) {
        messages.push_back({.send = job.call.in_place && job.is_root() ? MPI_IN_PLACE : job.send_at(piece.first),
                            .recv = job.recv_at(piece.first),
                            .count = piece.count,
                            .root = job.call.root});
    }
    return reduce_messages(job, messages);
}

/// Predefined reductions take no derived types, so a block that doesn't fit is reduced to its owner by itself: as many
/// reductions as ranks, each moving its bytes along a whole tree instead of the (n-1)/n of a true reduce-scatter.
/// In place the output covers block 0, which is why all of block 0 goes first.
std::unique_ptr<Operation> reduce_scatter_by_roots(const Job& job)
{
    std::vector<Message> messages;
    for (int root = 0; root < job.at.size; ++root) {
        const std::uint64_t block = static_cast<std::uint64_t>(root) * job.call.count;
        const bool output_is_input = job.call.in_place && root == 0 && job.at.rank == 0;
        for (const Piece& piece : job.message()) {
            messages.push_back({.send = output_is_input ? MPI_IN_PLACE : job.send_at(block + piece.first),
                                .recv = job.at.rank == root ? job.recv_at(piece.first) : nullptr,
                                .count = piece.count,
                                .root = root});
        }
    }
    return reduce_messages(job, messages);
}

std::unique_ptr<Operation> reduce_scatter(const Job& job)
{
    if (cut_block(job.call.count, job.at.size, job.at.max_count).size() > 1) {
        return reduce_scatter_by_roots(job);
    }
    const void* const send = job.call.in_place ? MPI_IN_PLACE : job.send;
    return blocking([send, recv = job.recv, count = static_cast<int>(job.call.count), type = job.type, op = job.op,
                     comm = job.at.comm] {
        check(MPI_Reduce_scatter_block(send, recv, count, type, op, comm), "MPI_Reduce_scatter_block");
    });
}

std::unique_ptr<Operation> broadcast(const Job& job)
{
    std::vector<Message> messages;
    for (const Piece& piece : job.message()) {
        messages.push_back(
            {.send = nullptr, .recv = job.recv_at(piece.first), .count = piece.count, .root = job.call.root});
    }
    return blocking([messages, type = job.type, comm = job.at.comm] {
        for (const Message& m : messages) {
            check(MPI_Bcast(m.recv, m.count, type, m.root, comm), "MPI_Bcast");
        }
    });
}

std::unique_ptr<Operation> allgather(const Job& job)
{
    BlockMoves all = block_moves(job, Side::one_block, Side::all_blocks);
    if (job.call.in_place) {
        for (BlockMove& move : all.moves) {
            move.send = MPI_IN_PLACE;
        }
    }
    return blocking([all = std::move(all), comm = job.at.comm] {
        for (const BlockMove& m : all.moves) {
            check(MPI_Allgather(m.send, m.send_count, m.send_type, m.recv, m.recv_count, m.recv_type, comm),
                  "MPI_Allgather");
        }
    });
}

std::unique_ptr<Operation> gather(const Job& job)
{
    BlockMoves all = block_moves(job, Side::one_block, Side::all_blocks);
    if (job.call.in_place && job.is_root()) {
        for (BlockMove& move : all.moves) {
            move.send = MPI_IN_PLACE;
        }
    }
    return blocking([all = std::move(all), root = job.call.root, comm = job.at.comm] {
        for (const BlockMove& m : all.moves) {
            check(MPI_Gather(m.send, m.send_count, m.send_type, m.recv, m.recv_count, m.recv_type, root, comm),
                  "MPI_Gather");
        }
    });
}

std::unique_ptr<Operation> scatter(const Job& job)
{
    BlockMoves all = block_moves(job, Side::all_blocks, Side::one_block);
    if (job.call.in_place && job.is_root()) {
        for (BlockMove& move : all.moves) {
            move.recv = MPI_IN_PLACE;
        }
    }
    return blocking([all = std::move(all), root = job.call.root, comm = job.at.comm] {
        for (const BlockMove& m : all.moves) {
            check(MPI_Scatter(m.send, m.send_count, m.send_type, m.recv, m.recv_count, m.recv_type, root, comm),
                  "MPI_Scatter");
        }
    });
}

std::unique_ptr<Operation> alltoall(const Job& job)
{
    BlockMoves all = block_moves(job, Side::all_blocks, Side::all_blocks);
    if (job.call.in_place) {
        for (BlockMove& move : all.moves) {
            move.send = MPI_IN_PLACE;
        }
    }
    return blocking([all = std::move(all), comm = job.at.comm] {
        for (const BlockMove& m : all.moves) {
            check(MPI_Alltoall(m.send, m.send_count, m.send_type, m.recv, m.recv_count, m.recv_type, comm),
                  "MPI_Alltoall");
        }
    });
}

std::unique_ptr<Operation> alltoallv(const Job& job)
{
    const void* const send = job.call.in_place ? MPI_IN_PLACE : job.send;
    return blocking([send, recv = job.recv, out = layout(job.call.send_counts), in = layout(job.call.recv_counts),
                     type = job.type, comm = job.at.comm] {
        check(MPI_Alltoallv(send, out.counts.data(), out.starts.data(), type, recv, in.counts.data(), in.starts.data(),
                            type, comm),
              "MPI_Alltoallv");
    });
}

std::unique_ptr<Operation> barrier(const Job& job)
{
    return blocking([comm = job.at.comm] { check(MPI_Barrier(comm), "MPI_Barrier"); });
}

/// `copies` messages to and from two peers at once; all copies use the same memory.
std::unique_ptr<Operation> exchange(const Job& job, int to, int from, int copies)
{
    std::vector<Transfer> sends;
    std::vector<Transfer> receives;
    for (int copy = 0; copy < copies; ++copy) {
        for (const Piece& piece : job.message()) {
            sends.push_back({.data = job.send_at(piece.first), .count = piece.count, .peer = to});
            receives.push_back({.data = job.recv_at(piece.first), .count = piece.count, .peer = from});
        }
    }
    return make_exchange(job.at.comm, job.type, std::move(sends), std::move(receives));
}

std::unique_ptr<Operation> sendrecv(const Job& job)
{
    const int n = job.at.size;
    return exchange(job, (job.at.rank + 1) % n, (job.at.rank + n - 1) % n, 1);
}

std::unique_ptr<Operation> bidirectional(const Job& job)
{
    const auto peer = partner(job.call.pairs, job.at.rank, job.at.size);
    if (!peer) {
        return blocking([] {});
    }
    return exchange(job, *peer, *peer, job.call.window);
}

std::unique_ptr<Operation> pingpong(const Job& job)
{
    const auto peer = partner(job.call.pairs, job.at.rank, job.at.size);
    if (!peer) {
        return blocking([] {});
    }
    std::vector<Transfer> sends;
    std::vector<Transfer> receives;
    for (const Piece& piece : job.message()) {
        sends.push_back({.data = job.send_at(piece.first), .count = piece.count, .peer = *peer});
        receives.push_back({.data = job.recv_at(piece.first), .count = piece.count, .peer = *peer});
    }
    if (job.at.rank < *peer) {
        return make_ping(job.at.comm, job.type, std::move(sends), std::move(receives));
    }
    return make_pong(job.at.comm, job.type, std::move(sends), std::move(receives));
}

}  // namespace

std::unique_ptr<Operation> make_collective(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv)
{
    const Job job{.at = at,
                  .call = call,
                  .type = types.type(call.dtype),
                  .op = types.op(call.dtype, call.op),
                  .send = send,
                  .recv = recv};
    switch (call.collective) {
        case Collective::allreduce:
            return allreduce(job);
        case Collective::reduce_scatter:
            return reduce_scatter(job);
        case Collective::allgather:
            return allgather(job);
        case Collective::broadcast:
            return broadcast(job);
        case Collective::reduce:
            return reduce(job);
        case Collective::gather:
            return gather(job);
        case Collective::scatter:
            return scatter(job);
        case Collective::alltoall:
            return alltoall(job);
        case Collective::alltoallv:
            return alltoallv(job);
        case Collective::sendrecv:
            return sendrecv(job);
        case Collective::pingpong:
            return pingpong(job);
        case Collective::bidirectional:
            return bidirectional(job);
        case Collective::barrier:
            return barrier(job);
    }
    throw std::logic_error("no such collective");
}

}  // namespace plumbline::mpi
