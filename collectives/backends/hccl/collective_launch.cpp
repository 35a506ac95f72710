// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/hccl/collective_launch.hpp"

#include "collectives/api/call_checks.hpp"

#include "collectives/backends/hccl/libraries.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline::hccl {

namespace {

using device::block;

/// What a call of HCCL's own collectives is given.
struct Native {
    const Collectives* library;
    std::byte* from;
    std::byte* to;
    std::uint64_t count;
    abi::Type type;
    abi::RedOp op;
    std::uint32_t root;
    abi::Comm comm;
    acl::Stream stream;

    void check(abi::Result code, const char* call) const { library->check(code, call); }
};

std::function<void()> allreduce(const Native& n)
{
    return [n] {
        n.check(n.library->calls.all_reduce(n.from, n.to, n.count, n.type, n.op, n.comm, n.stream), "HcclAllReduce");
    };
}

std::function<void()> reduce_scatter(const Native& n)
{
    return [n] {
        n.check(n.library->calls.reduce_scatter(n.from, n.to, n.count, n.type, n.op, n.comm, n.stream),
                "HcclReduceScatter");
    };
}

std::function<void()> allgather(const Native& n)
{
    return
        [n] { n.check(n.library->calls.all_gather(n.from, n.to, n.count, n.type, n.comm, n.stream), "HcclAllGather"); };
}

std::function<void()> broadcast(const Native& n)
{
    return
        [n] { n.check(n.library->calls.broadcast(n.to, n.count, n.type, n.root, n.comm, n.stream), "HcclBroadcast"); };
}

std::function<void()> reduce(const Native& n)
{
    return [n] {
        n.check(n.library->calls.reduce(n.from, n.to, n.count, n.type, n.op, n.root, n.comm, n.stream), "HcclReduce");
    };
}

std::function<void()> scatter(const Native& n)
{
    return [n] {
        n.check(n.library->calls.scatter(n.from, n.to, n.count, n.type, n.root, n.comm, n.stream), "HcclScatter");
    };
}

std::function<void()> alltoall(const Native& n)
{
    return [n] {
        n.check(n.library->calls.all_to_all(n.from, n.count, n.type, n.to, n.count, n.type, n.comm, n.stream),
                "HcclAlltoAll");
    };
}

std::vector<std::uint64_t> displacements(const BlockCounts& counts)
{
    std::vector<std::uint64_t> begins;
    std::uint64_t sum = 0;
    for (const std::uint64_t count : counts) {
        begins.push_back(sum);
        sum += count;
    }
    return begins;
}

std::function<void()> alltoallv(const Native& n, const CollectiveCall& call)
{
    return [n, sends = call.send_counts.list(), receives = call.recv_counts.list(),
            from = displacements(call.send_counts), to = displacements(call.recv_counts)] {
        n.check(n.library->calls.all_to_all_v(n.from, sends.data(), from.data(), n.type, n.to, receives.data(),
                                              to.data(), n.type, n.comm, n.stream),
                "HcclAlltoAllV");
    };
}

std::function<void()> barrier(const Native& n)
{
    return [n] { n.check(n.library->calls.barrier(n.comm, n.stream), "HcclBarrier"); };
}

abi::Item item(abi::Direction direction, std::byte* data, std::size_t bytes, int peer)
{
    return {.direction = direction,
            .data = data,
            .count = bytes,
            .type = abi::int8,
            .peer = static_cast<std::uint32_t>(peer)};
}

/// Messages that don't wait for each other, `times` one batch after the other.
std::function<void()> batch(const Native& n, std::vector<abi::Item> items, int times = 1)
{
    return [n, items = std::move(items), times]() mutable {
        for (int i = 0; i < times && !items.empty(); ++i) {
            n.check(n.library->calls.batch_send_recv(items.data(), static_cast<std::uint32_t>(items.size()), n.comm,
                                                     n.stream),
                    "HcclBatchSendRecv");
        }
    };
}

/// What a rank has for itself: HCCL's messages are between two ranks.
std::function<void()> to_itself(const Libraries& libraries, std::byte* to, const std::byte* from, std::size_t bytes,
                                acl::Stream stream)
{
    return [&runtime = libraries.acl, to, from, bytes, stream] { runtime.copy(to, from, bytes, stream); };
}

/// HCCL has no gather.
std::function<void()> gather(const Libraries& libraries, const device::LaunchPlan& plan, const CollectiveCall& call,
                             const Native& n)
{
    const std::size_t bytes = call.count * size_of(call.dtype);
    if (plan.rank != call.root) {
        return batch(n, {item(abi::send, plan.send, bytes, call.root)});
    }
    std::vector<abi::Item> items;
    for (int peer = 0; peer < plan.ranks; ++peer) {
        if (peer != plan.rank) {
            items.push_back(item(abi::receive, block(plan.recv, peer, bytes), bytes, peer));
        }
    }
    if (call.in_place) {
        return batch(n, std::move(items));
    }
    return [own = to_itself(libraries, block(plan.recv, plan.rank, bytes), plan.send, bytes, plan.stream),
            others = batch(n, std::move(items))] {
        own();
        others();
    };
}

std::function<void()> sendrecv(const Libraries& libraries, const device::LaunchPlan& plan, const Native& n,
                               std::size_t bytes)
{
    const int next = (plan.rank + 1) % plan.ranks;
    const int previous = (plan.rank + plan.ranks - 1) % plan.ranks;
    if (next == plan.rank) {
        return to_itself(libraries, plan.recv, plan.send, bytes, plan.stream);
    }
    return batch(n, {item(abi::send, plan.send, bytes, next), item(abi::receive, plan.recv, bytes, previous)});
}

std::function<void()> pingpong(const Libraries& libraries, const device::LaunchPlan& plan, int peer, std::size_t bytes)
{
    const device::MessagePlan send{
        .comm = plan.comm, .stream = plan.stream, .data = plan.send, .bytes = bytes, .peer = peer};
    const device::MessagePlan receive{
        .comm = plan.comm, .stream = plan.stream, .data = plan.recv, .bytes = bytes, .peer = peer};
    if (plan.rank < peer) {
        return [&libraries, send, receive] {
            libraries.put_send(send);
            libraries.put_receive(receive);
        };
    }
    return [&libraries, send, receive] {
        libraries.put_receive(receive);
        libraries.put_send(send);
    };
}

}  // namespace

const char* library_call(Collective collective)
{
    switch (collective) {
        case Collective::allreduce:
            return "HcclAllReduce";
        case Collective::reduce_scatter:
            return "HcclReduceScatter";
        case Collective::allgather:
            return "HcclAllGather";
        case Collective::broadcast:
            return "HcclBroadcast";
        case Collective::reduce:
            return "HcclReduce";
        case Collective::scatter:
            return "HcclScatter";
        case Collective::alltoall:
            return "HcclAlltoAll";
        case Collective::alltoallv:
            return "HcclAlltoAllV";
        case Collective::barrier:
            return "HcclBarrier";
        case Collective::pingpong:
            return "HcclSend";
        case Collective::gather:
        case Collective::sendrecv:
        case Collective::bidirectional:
            return "HcclBatchSendRecv";
    }
    throw std::logic_error("no such collective");
}

std::function<void()> make_launch(const Libraries& libraries, const device::LaunchPlan& plan,
                                  const CollectiveCall& call)
{
    const Native n{.library = &libraries.collectives,
                   .from = plan.send,
                   .to = plan.recv,
                   .count = call.count,
                   .type = type_of(call.dtype),
                   .op = op_of(call.op),
                   .root = static_cast<std::uint32_t>(call.root),
                   .comm = plan.comm,
                   .stream = plan.stream};
    const std::size_t bytes = call.count * size_of(call.dtype);
    const auto peer = partner(call.pairs, plan.rank, plan.ranks);
    switch (call.collective) {
        case Collective::allreduce:
            return allreduce(n);
        case Collective::reduce_scatter:
            return reduce_scatter(n);
        case Collective::allgather:
            return allgather(n);
        case Collective::broadcast:
            return broadcast(n);
        case Collective::reduce:
            return reduce(n);
        case Collective::scatter:
            return scatter(n);
        case Collective::alltoall:
            return alltoall(n);
        case Collective::alltoallv:
            return alltoallv(n, call);
        case Collective::barrier:
            return barrier(n);
        case Collective::gather:
            return gather(libraries, plan, call, n);
        case Collective::sendrecv:
            return sendrecv(libraries, plan, n, bytes);
        case Collective::pingpong:
            return peer ? pingpong(libraries, plan, *peer, bytes) : [] {};
        case Collective::bidirectional:
            // The reference doesn't say that a batch may hold several messages to one rank: the window is one batch
            // each.
            return peer ? batch(n,
                                {item(abi::send, plan.send, bytes, *peer), item(abi::receive, plan.recv, bytes, *peer)},
                                call.window)
                        : [] {};
    }
    throw std::logic_error("no such collective");
}

std::optional<std::string> missing_form(const CollectiveCall& call)
{
    if (auto why = missing_call_form(call)) {
        return why;
    }
    // HCCL_DATA_TYPE_FP8E4M3 and FP8E5M2 are of the Ascend 950 alone, and nothing reduces them.
    if (is_float8(call.dtype)) {
        return fmt::format("{} is not offered with HCCL (the Atlas A2 and A3 have none). Use int8, which moves as much",
                           name(call.dtype));
    }
    // HcclAllReduce, HcclReduceScatter, HcclReduce: int8, int16, int32, int64, float16, float32, bfloat16 on the Atlas
    // A2 and A3; float64 on the Ascend 950 alone, uint8 nowhere ("dataType Description" of each).
    const bool unreduced_type = call.dtype == DataType::float64 || call.dtype == DataType::uint8;
    if (info(call.collective).reduces && unreduced_type) {
        return fmt::format("HCCL reduces no {} (dataType of Hccl{}). Use float32, float16, bfloat16, int32 or int8",
                           name(call.dtype), std::string_view(library_call(call.collective)).substr(4));
    }
    // Of these alone the in-place form is in common use (PyTorch's all_reduce and reduce); recvBuf of an alltoallv must
    // not be sendBuf.
    const bool has_in_place = call.collective == Collective::allreduce || call.collective == Collective::reduce ||
                              call.collective == Collective::broadcast || call.collective == Collective::gather;
    if (call.in_place && !has_in_place) {
        return fmt::format("HCCL documents no in-place form of {}. Use it out of place", name(call.collective));
    }
    const bool copies_to_a_block = call.collective == Collective::gather && !call.in_place;
    const std::uint64_t offset = static_cast<std::uint64_t>(call.root) * call.count * size_of(call.dtype);
    if (copies_to_a_block && offset % acl::copy_alignment != 0) {
        return fmt::format(
            "HCCL has no gather, and the root's own block would be copied to an odd address "
            "(aclrtMemcpyAsync needs multiples of {} B). Use root 0, or such a size",
            acl::copy_alignment);
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
        case DataType::float8_e5m2:
            break;  // missing_form() says so before
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

}  // namespace plumbline::hccl
