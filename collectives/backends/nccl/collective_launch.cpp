// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/collective_launch.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::nccl {

namespace {

using device::block;

/// What NCCL is given for one call.
struct Plan : device::LaunchPlan {
    const Collectives* library = nullptr;
};

/// One message of a group call, in bytes.
struct Message {
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    int peer = 0;
};

struct Exchange {
    std::vector<Message> sends;
    std::vector<Message> receives;
};

std::function<void()> launch_exchange(const Plan& plan, Exchange exchange)
{
    return [library = plan.library, comm = plan.comm, stream = plan.stream, exchange = std::move(exchange)] {
        library->check(library->group_start(), "ncclGroupStart");
        for (const Message& m : exchange.receives) {
            library->check(library->recv(m.data, m.bytes, abi::uint8, m.peer, comm, stream), "ncclRecv");
        }
        for (const Message& m : exchange.sends) {
            library->check(library->send(m.data, m.bytes, abi::uint8, m.peer, comm, stream), "ncclSend");
        }
        library->check(library->group_end(), "ncclGroupEnd");
    };
}

Exchange gather(const Plan& plan, const CollectiveCall& call, std::size_t bytes)
{
    Exchange exchange;
    const bool root = plan.rank == call.root;
    const bool already_there = root && call.in_place;
    if (!already_there) {
        exchange.sends.push_back({plan.send, bytes, call.root});
    }
    for (int peer = 0; root && peer < plan.ranks; ++peer) {
        if (peer != plan.rank || !already_there) {
            exchange.receives.push_back({block(plan.recv, peer, bytes), bytes, peer});
        }
    }
    return exchange;
}

Exchange scatter(const Plan& plan, const CollectiveCall& call, std::size_t bytes)
{
    Exchange exchange;
    const bool root = plan.rank == call.root;
    const bool already_there = root && call.in_place;
    for (int peer = 0; root && peer < plan.ranks; ++peer) {
        if (peer != plan.rank || !already_there) {
            exchange.sends.push_back({block(plan.send, peer, bytes), bytes, peer});
        }
    }
    if (!already_there) {
        exchange.receives.push_back({plan.recv, bytes, call.root});
    }
    return exchange;
}

Exchange alltoall(const Plan& plan, std::size_t bytes)
{
    Exchange exchange;
    for (int peer = 0; peer < plan.ranks; ++peer) {
        exchange.sends.push_back({block(plan.send, peer, bytes), bytes, peer});
        exchange.receives.push_back({block(plan.recv, peer, bytes), bytes, peer});
    }
    return exchange;
}

std::vector<Message> consecutive(std::byte* base, const BlockCounts& counts, DataType dtype)
{
    std::vector<Message> messages;
    for (std::size_t peer = 0; peer < counts.size(); ++peer) {
        const std::size_t bytes = counts[peer] * size_of(dtype);
        if (bytes > 0) {
            messages.push_back({base, bytes, static_cast<int>(peer)});
            base += bytes;
        }
    }
    return messages;
}

Exchange alltoallv(const Plan& plan, const CollectiveCall& call)
{
    return {.sends = consecutive(plan.send, call.send_counts, call.dtype),
            .receives = consecutive(plan.recv, call.recv_counts, call.dtype)};
}

Exchange both_ways(const Plan& plan, int to, int from, std::size_t bytes, int copies)
{
    Exchange exchange;
    for (int copy = 0; copy < copies; ++copy) {
        exchange.sends.push_back({plan.send, bytes, to});
        exchange.receives.push_back({plan.recv, bytes, from});
    }
    return exchange;
}

std::function<void()> pingpong(const Plan& plan, int peer, std::size_t bytes)
{
    const auto send = launch_exchange(plan, {.sends = {{plan.send, bytes, peer}}, .receives = {}});
    const auto receive = launch_exchange(plan, {.sends = {}, .receives = {{plan.recv, bytes, peer}}});
    const bool begins = plan.rank < peer;
    return [first = begins ? send : receive, second = begins ? receive : send] {
        first();
        second();
    };
}

/// What a call of NCCL's own collectives is given.
struct Native {
    const Collectives* library;
    const std::byte* from;
    std::byte* to;
    std::size_t count;
    abi::Type type;
    abi::RedOp op;
    int root;
    abi::Comm comm;
    cuda::Stream stream;
};

Native native(const Plan& plan, const CollectiveCall& call)
{
    return {.library = plan.library,
            .from = plan.send,
            .to = plan.recv,
            .count = call.count,
            .type = type_of(call.dtype),
            .op = op_of(call.op),
            .root = call.root,
            .comm = plan.comm,
            .stream = plan.stream};
}

/// This rank's block of a buffer that holds one of each rank.
std::byte* own_block(const Plan& plan, const CollectiveCall& call, std::byte* base)
{
    return block(base, plan.rank, call.count * size_of(call.dtype));
}

std::function<void()> allreduce(const Plan& plan, const CollectiveCall& call)
{
    return [n = native(plan, call)] {
        n.library->check(n.library->all_reduce(n.from, n.to, n.count, n.type, n.op, n.comm, n.stream), "ncclAllReduce");
    };
}

std::function<void()> reduce_scatter(const Plan& plan, const CollectiveCall& call)
{
    Native own = native(plan, call);
    own.to = call.in_place ? own_block(plan, call, plan.recv) : plan.recv;
    return [n = own] {
        n.library->check(n.library->reduce_scatter(n.from, n.to, n.count, n.type, n.op, n.comm, n.stream),
                         "ncclReduceScatter");
    };
}

std::function<void()> allgather(const Plan& plan, const CollectiveCall& call)
{
    Native own = native(plan, call);
    own.from = call.in_place ? own_block(plan, call, plan.recv) : plan.send;
    return [n = own] {
        n.library->check(n.library->all_gather(n.from, n.to, n.count, n.type, n.comm, n.stream), "ncclAllGather");
    };
}

std::function<void()> broadcast(const Plan& plan, const CollectiveCall& call)
{
    return [n = native(plan, call)] {
        n.library->check(n.library->broadcast(n.to, n.to, n.count, n.type, n.root, n.comm, n.stream), "ncclBroadcast");
    };
}

std::function<void()> reduce(const Plan& plan, const CollectiveCall& call)
{
    return [n = native(plan, call)] {
        n.library->check(n.library->reduce(n.from, n.to, n.count, n.type, n.op, n.root, n.comm, n.stream),
                         "ncclReduce");
    };
}

std::function<void()> native_alltoall(const Plan& plan, const CollectiveCall& call)
{
    return [n = native(plan, call)] {
        n.library->check(n.library->all_to_all(n.from, n.to, n.count, n.type, n.comm, n.stream),
                         n.library->all_to_all_name);
    };
}

std::function<void()> native_gather(const Plan& plan, const CollectiveCall& call)
{
    Native own = native(plan, call);
    own.from = call.in_place && plan.rank == call.root ? own_block(plan, call, plan.recv) : plan.send;
    return [n = own] {
        n.library->check(n.library->gather(n.from, n.to, n.count, n.type, n.root, n.comm, n.stream), "ncclGather");
    };
}

std::function<void()> native_scatter(const Plan& plan, const CollectiveCall& call)
{
    Native own = native(plan, call);
    own.to = call.in_place && plan.rank == call.root ? own_block(plan, call, plan.send) : plan.recv;
    return [n = own] {
        n.library->check(n.library->scatter(n.from, n.to, n.count, n.type, n.root, n.comm, n.stream), "ncclScatter");
    };
}

/// NCCL has no barrier: one byte is reduced over all ranks.
std::function<void()> barrier(const Plan& plan)
{
    return [library = plan.library, comm = plan.comm, stream = plan.stream, token = plan.token] {
        library->check(library->all_reduce(token, token, 1, abi::uint8, abi::sum, comm, stream), "ncclAllReduce");
    };
}

}  // namespace

const char* library_call(const CollectiveCall& call, const Collectives& library)
{
    const bool as_one_call = call.form == CallForm::native;
    switch (call.collective) {
        case Collective::allreduce:
        case Collective::barrier:
            return "ncclAllReduce";
        case Collective::reduce_scatter:
            return "ncclReduceScatter";
        case Collective::allgather:
            return "ncclAllGather";
        case Collective::broadcast:
            return "ncclBroadcast";
        case Collective::reduce:
            return "ncclReduce";
        case Collective::gather:
            return as_one_call ? "ncclGather" : "ncclGroupEnd";
        case Collective::scatter:
            return as_one_call ? "ncclScatter" : "ncclGroupEnd";
        case Collective::alltoall:
            return as_one_call ? library.all_to_all_name : "ncclGroupEnd";
        case Collective::alltoallv:
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional:
            return "ncclGroupEnd";
    }
    throw std::logic_error("no such collective");
}

std::function<void()> make_launch(const Collectives& library, const device::LaunchPlan& what,
                                  const CollectiveCall& call)
{
    const Plan plan{what, &library};
    const std::size_t bytes = call.count * size_of(call.dtype);
    const int next = (plan.rank + 1) % plan.ranks;
    const int previous = (plan.rank + plan.ranks - 1) % plan.ranks;
    const auto peer = partner(call.pairs, plan.rank, plan.ranks);
    const bool as_one_call = call.form == CallForm::native;
    switch (call.collective) {
        case Collective::allreduce:
            return allreduce(plan, call);
        case Collective::reduce_scatter:
            return reduce_scatter(plan, call);
        case Collective::allgather:
            return allgather(plan, call);
        case Collective::broadcast:
            return broadcast(plan, call);
        case Collective::reduce:
            return reduce(plan, call);
        case Collective::gather:
            return as_one_call ? native_gather(plan, call) : launch_exchange(plan, gather(plan, call, bytes));
        case Collective::scatter:
            return as_one_call ? native_scatter(plan, call) : launch_exchange(plan, scatter(plan, call, bytes));
        case Collective::alltoall:
            return as_one_call ? native_alltoall(plan, call) : launch_exchange(plan, alltoall(plan, bytes));
        case Collective::alltoallv:
            return launch_exchange(plan, alltoallv(plan, call));
        case Collective::sendrecv:
            return launch_exchange(plan, both_ways(plan, next, previous, bytes, 1));
        case Collective::bidirectional:
            return peer ? launch_exchange(plan, both_ways(plan, *peer, *peer, bytes, call.window)) : [] {};
        case Collective::pingpong:
            return peer ? pingpong(plan, *peer, bytes) : [] {};
        case Collective::barrier:
            return barrier(plan);
    }
    throw std::logic_error("no such collective");
}

namespace {

bool lacks_native_call(Collective collective, const Collectives& library)
{
    return (collective == Collective::alltoall && library.all_to_all == nullptr) ||
           (collective == Collective::gather && library.gather == nullptr) ||
           (collective == Collective::scatter && library.scatter == nullptr);
}

}  // namespace

std::optional<std::string> missing_form(const CollectiveCall& call, const Collectives& library)
{
    constexpr int first_with_float8 = 22400;
    const int version = library.version();
    if (call.form == CallForm::native && lacks_native_call(call.collective, library)) {
        return fmt::format(
            "this library has no {} (NCCL has it from 2.28.0 on, and this is {}). Leave calls: native "
            "out, or name a newer library with --backend-library",
            library_call(call, library), version_text(version));
    }
    if (is_float8(call.dtype) && version < first_with_float8) {
        return fmt::format("{} came with NCCL {}, and this is {}. Use a newer library (--backend-library), or bfloat16",
                           name(call.dtype), version_text(first_with_float8), version_text(version));
    }
    const bool alltoall = call.collective == Collective::alltoall || call.collective == Collective::alltoallv;
    if (alltoall && call.in_place) {
        return fmt::format("NCCL's {} is a group of messages and has no in-place form. Use it out of place",
                           name(call.collective));
    }
    return std::nullopt;
}

abi::Type type_of(DataType dtype)
{
    switch (dtype) {
        case DataType::float32:
            return abi::float32;
        case DataType::float64:
            return abi::float64;
        case DataType::float16:
            return abi::float16;
        case DataType::bfloat16:
            return abi::bfloat16;
        case DataType::int32:
            return abi::int32;
        case DataType::int8:
            return abi::int8;
        case DataType::uint8:
            return abi::uint8;
        case DataType::float8_e4m3:
            return abi::float8_e4m3;
        case DataType::float8_e5m2:
            return abi::float8_e5m2;
    }
    throw std::logic_error("no such type");
}

abi::RedOp op_of(ReduceOp op)
{
    switch (op) {
        case ReduceOp::sum:
            return abi::sum;
        case ReduceOp::max:
            return abi::max;
        case ReduceOp::min:
            return abi::min;
    }
    throw std::logic_error("no such reduction");
}

}  // namespace plumbline::nccl
