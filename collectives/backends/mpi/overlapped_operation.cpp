// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/overlapped_operation.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/large_count.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace plumbline::mpi {

namespace {

/// `Post` is a callable that posts the collective and gives its request.
template <class Post>
class OverlappedOperation final : public Operation, private OverlapControl {
public:
    explicit OverlappedOperation(Post post) : post_(std::move(post)) {}
    void start() override { request_ = post_(); }
    void finish() override { check(MPI_Wait(&request_, MPI_STATUS_IGNORE), "MPI_Wait"); }
    OverlapControl* overlap() override { return this; }

private:
    bool test() override
    {
        int done = 0;
        check(MPI_Test(&request_, &done, MPI_STATUS_IGNORE), "MPI_Test");
        return done != 0;
    }

    Post post_;
    MPI_Request request_ = MPI_REQUEST_NULL;
};

template <class Post>
std::unique_ptr<Operation> overlapped(Post post)
{
    return std::make_unique<OverlappedOperation<Post>>(std::move(post));
}

/// What MPI takes for one call.
struct Arguments {
    const void* send;
    void* recv;
    int count;
    MPI_Datatype type;
    MPI_Op op;
    MPI_Comm comm;
};

/// The largest displacement or count, in elements, that the call hands to MPI.
std::uint64_t largest_number(const CollectiveCall& call)
{
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    for (const std::uint64_t count : call.send_counts) {
        sent += count;
    }
    for (const std::uint64_t count : call.recv_counts) {
        received += count;
    }
    return std::max({call.count, sent, received});
}

std::unique_ptr<Operation> post_allreduce(const Arguments& a)
{
    return overlapped([a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iallreduce(a.send, a.recv, a.count, a.type, a.op, a.comm, &request), "MPI_Iallreduce");
        return request;
    });
}

std::unique_ptr<Operation> post_reduce_scatter(const Arguments& a)
{
    return overlapped([a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ireduce_scatter_block(a.send, a.recv, a.count, a.type, a.op, a.comm, &request),
              "MPI_Ireduce_scatter_block");
        return request;
    });
}

std::unique_ptr<Operation> post_allgather(const Arguments& a)
{
    return overlapped([a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iallgather(a.send, a.count, a.type, a.recv, a.count, a.type, a.comm, &request), "MPI_Iallgather");
        return request;
    });
}

std::unique_ptr<Operation> post_alltoall(const Arguments& a)
{
    return overlapped([a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ialltoall(a.send, a.count, a.type, a.recv, a.count, a.type, a.comm, &request), "MPI_Ialltoall");
        return request;
    });
}

std::unique_ptr<Operation> post_alltoallv(const Arguments& a, const CollectiveCall& call)
{
    return overlapped([a, out = layout(call.send_counts), in = layout(call.recv_counts)] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ialltoallv(a.send, out.counts.data(), out.starts.data(), a.type, a.recv, in.counts.data(),
                             in.starts.data(), a.type, a.comm, &request),
              "MPI_Ialltoallv");
        return request;
    });
}

}  // namespace

std::unique_ptr<Operation> make_overlapped(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv)
{
    if (largest_number(call) > static_cast<std::uint64_t>(at.max_count)) {
        throw BackendError(
            "MPI's non-blocking form", 0,
            fmt::format("{} of more than {} elements can't overlap", name(call.collective), at.max_count));
    }
    const Arguments arguments{.send = call.in_place ? MPI_IN_PLACE : send,
                              .recv = recv,
                              .count = static_cast<int>(call.count),
                              .type = types.type(call.dtype),
                              .op = types.op(call.dtype, call.op),
                              .comm = at.comm};
    switch (call.collective) {
        case Collective::allreduce:
            return post_allreduce(arguments);
        case Collective::reduce_scatter:
            return post_reduce_scatter(arguments);
        case Collective::allgather:
            return post_allgather(arguments);
        case Collective::alltoall:
            return post_alltoall(arguments);
        case Collective::alltoallv:
            return post_alltoallv(arguments, call);
        case Collective::broadcast:
        case Collective::reduce:
        case Collective::gather:
        case Collective::scatter:
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional:
        case Collective::barrier:
            break;
    }
    throw BackendError("MPI's non-blocking form", 0, fmt::format("{} can't overlap here", name(call.collective)));
}

}  // namespace plumbline::mpi
