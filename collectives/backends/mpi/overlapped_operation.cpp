// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/overlapped_operation.hpp"

#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/large_count.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::mpi {

namespace {

/// Posts a collective and gives its request.
using Post = std::function<MPI_Request()>;

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

/// Several at a time.
class Chain final : public Operation {
public:
    explicit Chain(std::vector<Post> posts) : posts_(std::move(posts)), requests_(posts_.size(), MPI_REQUEST_NULL) {}
    void start() override
    {
        for (std::size_t i = 0; i < posts_.size(); ++i) {
            requests_[i] = posts_[i]();
        }
    }
    void finish() override
    {
        check(MPI_Waitall(static_cast<int>(requests_.size()), requests_.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
    }

private:
    std::vector<Post> posts_;
    std::vector<MPI_Request> requests_;
};

/// What MPI takes for one call.
struct Arguments {
    const void* send;
    void* recv;
    int count;
    MPI_Datatype type;
    MPI_Op op;
    int root;
    MPI_Comm comm;
};

/// The largest displacement or count, in elements, that the call hands to MPI.
std::uint64_t largest_number(const CollectiveCall& call)
{
    return std::max({call.count, call.send_counts.sum(), call.recv_counts.sum()});
}

Post post_allreduce(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iallreduce(a.send, a.recv, a.count, a.type, a.op, a.comm, &request), "MPI_Iallreduce");
        return request;
    };
}

Post post_reduce_scatter(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ireduce_scatter_block(a.send, a.recv, a.count, a.type, a.op, a.comm, &request),
              "MPI_Ireduce_scatter_block");
        return request;
    };
}

Post post_allgather(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iallgather(a.send, a.count, a.type, a.recv, a.count, a.type, a.comm, &request), "MPI_Iallgather");
        return request;
    };
}

Post post_alltoall(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ialltoall(a.send, a.count, a.type, a.recv, a.count, a.type, a.comm, &request), "MPI_Ialltoall");
        return request;
    };
}

Post post_alltoallv(const Arguments& a, const CollectiveCall& call)
{
    return [a, out = layout(call.send_counts), in = layout(call.recv_counts)] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ialltoallv(a.send, out.counts.data(), out.starts.data(), a.type, a.recv, in.counts.data(),
                             in.starts.data(), a.type, a.comm, &request),
              "MPI_Ialltoallv");
        return request;
    };
}

Post post_broadcast(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ibcast(a.recv, a.count, a.type, a.root, a.comm, &request), "MPI_Ibcast");
        return request;
    };
}

Post post_reduce(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ireduce(a.send, a.recv, a.count, a.type, a.op, a.root, a.comm, &request), "MPI_Ireduce");
        return request;
    };
}

Post post_gather(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Igather(a.send, a.count, a.type, a.recv, a.count, a.type, a.root, a.comm, &request), "MPI_Igather");
        return request;
    };
}

Post post_scatter(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Iscatter(a.send, a.count, a.type, a.recv, a.count, a.type, a.root, a.comm, &request), "MPI_Iscatter");
        return request;
    };
}

Post post_barrier(const Arguments& a)
{
    return [a] {
        MPI_Request request = MPI_REQUEST_NULL;
        check(MPI_Ibarrier(a.comm, &request), "MPI_Ibarrier");
        return request;
    };
}

/// Where an in-place call of this rank names MPI_IN_PLACE: rooted ones at the root alone, scatter for its output.
Arguments in_place(Arguments a, const CollectiveCall& call, bool is_root)
{
    if (!call.in_place || (info(call.collective).rooted && !is_root)) {
        return a;
    }
    if (call.collective == Collective::scatter) {
        a.recv = MPI_IN_PLACE;
    } else {
        a.send = MPI_IN_PLACE;
    }
    return a;
}

Post make_post(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call, std::byte* send,
               std::byte* recv)
{
    if (const auto why = no_nonblocking_form(call, at.max_count)) {
        throw BackendError("MPI's non-blocking form", 0, *why);
    }
    const Arguments arguments = in_place({.send = send,
                                          .recv = recv,
                                          .count = static_cast<int>(call.count),
                                          .type = types.type(call.dtype),
                                          .op = types.op(call.dtype, call.op),
                                          .root = call.root,
                                          .comm = at.comm},
                                         call, at.rank == call.root);
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
            return post_broadcast(arguments);
        case Collective::reduce:
            return post_reduce(arguments);
        case Collective::gather:
            return post_gather(arguments);
        case Collective::scatter:
            return post_scatter(arguments);
        case Collective::barrier:
            return post_barrier(arguments);
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional:
            break;
    }
    throw std::logic_error("a collective without a non-blocking form");
}

}  // namespace

std::optional<std::string> no_nonblocking_form(const CollectiveCall& call, int max_count)
{
    if (info(call.collective).pairs || call.collective == Collective::sendrecv) {
        return fmt::format("{} is no collective of MPI's, so it has no single non-blocking form",
                           name(call.collective));
    }
    if (largest_number(call) > static_cast<std::uint64_t>(max_count)) {
        return fmt::format("a non-blocking {} of more than {} elements doesn't fit MPI 3's counts",
                           name(call.collective), max_count);
    }
    return std::nullopt;
}

std::unique_ptr<Operation> make_overlapped(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv)
{
    return std::make_unique<OverlappedOperation>(make_post(at, types, call, send, recv));
}

std::unique_ptr<Operation> make_chain(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                      std::span<const ChainLink> links)
{
    std::vector<Post> posts;
    for (const ChainLink& link : links) {
        posts.push_back(make_post(at, types, call, link.send, link.recv));
    }
    return std::make_unique<Chain>(std::move(posts));
}

}  // namespace plumbline::mpi
