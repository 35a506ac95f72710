// SPDX-License-Identifier: Apache-2.0
/// A fake for libhccl: collectives and messages between the processes of one host, through shared memory, done by
/// the threads of the fake's streams. Our own code from the public description of each call; only what the hccl
/// backend uses. It is strict where the reference is, or says nothing: no reduction of float64 or uint8, no alltoall(v)
/// in place, one message in each direction between two ranks in a batch, none to the rank itself.
#include "collectives/backends/hccl/hccl_abi.hpp"
#include "tests/fakes/communicator.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/jobs.hpp"
#include "tests/fakes/mark.hpp"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <set>
#include <utility>
#include <vector>

using namespace plumbline::fake;
namespace abi = plumbline::hccl::abi;
using plumbline::Collective;
using plumbline::DataType;
using plumbline::ReduceOp;

extern "C" bool plumbline_fake_has_context();

namespace {

constexpr int wrong_parameter = 1;  // HCCL_E_PARA
constexpr int not_supported = 5;    // HCCL_E_NOT_SUPPORT
constexpr int syscall_failed = 8;   // HCCL_E_SYSCALL
constexpr int runtime_failed = 15;  // HCCL_E_RUNTIME

std::optional<DataType> type_of(int type)
{
    switch (type) {
        case abi::int8:
            return DataType::int8;
        case abi::uint8:
            return DataType::uint8;
        case abi::int32:
            return DataType::int32;
        case abi::float16:
            return DataType::float16;
        case abi::float32:
            return DataType::float32;
        case abi::float64:
            return DataType::float64;
        case abi::bfloat16:
            return DataType::bfloat16;
        default:
            return std::nullopt;
    }
}

bool reduces(int type, int op)
{
    const auto known = type_of(type);
    return known && *known != DataType::float64 && *known != DataType::uint8 &&
           (op == abi::sum || op == abi::max || op == abi::min);
}

ReduceOp op_of(int op)
{
    return op == abi::max ? ReduceOp::max : op == abi::min ? ReduceOp::min : ReduceOp::sum;
}

std::size_t bytes_in(std::uint64_t count, int type)
{
    return count * plumbline::size_of(type_of(type).value());
}

int put_messages(const char* call, void* handle, void* stream, std::vector<Message> messages)
{
    put_batch({.comm = comm_of(handle),
               .stream = stream,
               .messages = std::move(messages),
               .wrong = planted("wrong", call),
               .hangs = planted("hang", call)});
    return abi::success;
}

/// One message in each direction with each rank, as counts and displacements say.
std::vector<Message> exchange_of(const std::byte* send, const std::uint64_t* send_counts, const std::uint64_t* send_at,
                                 std::byte* recv, const std::uint64_t* recv_counts, const std::uint64_t* recv_at,
                                 std::size_t unit, int ranks)
{
    std::vector<Message> messages;
    for (int peer = 0; peer < ranks; ++peer) {
        messages.push_back({.outgoing = true,
                            .peer = peer,
                            .data = bytes_of(send + send_at[peer] * unit),
                            .bytes = send_counts[peer] * unit});
        messages.push_back(
            {.outgoing = false, .peer = peer, .data = recv + recv_at[peer] * unit, .bytes = recv_counts[peer] * unit});
    }
    return messages;
}

}  // namespace

#define PLANTED(call)                              \
    if (const auto code = planted_failure(call)) { \
        return *code;                              \
    }
#define REQUIRE(holds, code) \
    if (!(holds)) {          \
        return code;         \
    }

extern "C" {

PLUMBLINE_FAKE_MARK(hccl)

int HcclGetRootInfo(abi::RootInfo* info)
{
    PLANTED("HcclGetRootInfo")
    REQUIRE(plumbline_fake_has_context(), runtime_failed)
    try {
        std::memset(info->internal, 0, sizeof info->internal);
        std::snprintf(info->internal, sizeof info->internal, "%s", SharedSegment::new_name().c_str());
    } catch (const std::exception&) {
        return syscall_failed;
    }
    return abi::success;
}

int HcclCommInitRootInfo(std::uint32_t ranks, const abi::RootInfo* info, std::uint32_t rank, void** comm)
{
    PLANTED("HcclCommInitRootInfo")
    REQUIRE(plumbline_fake_has_context(), runtime_failed)
    REQUIRE(rank < ranks, wrong_parameter)
    *comm = make_comm(info->internal, static_cast<int>(ranks), static_cast<int>(rank));
    return *comm == nullptr ? syscall_failed : abi::success;
}

int HcclCommDestroy(void* comm)
{
    destroy_comm(comm);
    return abi::success;
}

int HcclGetCommAsyncError(void* comm, int* error)
{
    *error = async_error(comm, abi::remote);
    return abi::success;
}

const char* HcclGetErrorString(int code)
{
    switch (code) {
        case abi::success:
            return "no error";
        case wrong_parameter:
            return "parameter error";
        case not_supported:
            return "not support feature";
        case syscall_failed:
            return "call system interface error";
        case abi::timed_out:
            return "timeout";
        case runtime_failed:
            return "call runtime api fail";
        case abi::remote:
            return "error cqe";
        default:
            return "planted error";
    }
}

int HcclAllReduce(void* send, void* recv, std::uint64_t count, int type, int op, void* comm, void* stream)
{
    PLANTED("HcclAllReduce")
    REQUIRE(reduces(type, op), not_supported)
    put_collective("HcclAllReduce", comm, stream,
                   {.collective = Collective::allreduce,
                    .dtype = *type_of(type),
                    .op = op_of(op),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count},
                   bytes_in(count, type));
    return abi::success;
}

int HcclReduceScatter(void* send, void* recv, std::uint64_t recv_count, int type, int op, void* comm, void* stream)
{
    PLANTED("HcclReduceScatter")
    REQUIRE(reduces(type, op), not_supported)
    put_collective("HcclReduceScatter", comm, stream,
                   {.collective = Collective::reduce_scatter,
                    .dtype = *type_of(type),
                    .op = op_of(op),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = recv_count},
                   bytes_in(recv_count, type));
    return abi::success;
}

int HcclAllGather(void* send, void* recv, std::uint64_t send_count, int type, void* comm, void* stream)
{
    PLANTED("HcclAllGather")
    REQUIRE(type_of(type), not_supported)
    put_collective("HcclAllGather", comm, stream,
                   {.collective = Collective::allgather,
                    .dtype = *type_of(type),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = send_count},
                   bytes_in(send_count, type));
    return abi::success;
}

int HcclBroadcast(void* data, std::uint64_t count, int type, std::uint32_t root, void* comm, void* stream)
{
    PLANTED("HcclBroadcast")
    REQUIRE(type_of(type), not_supported)
    put_collective("HcclBroadcast", comm, stream,
                   {.collective = Collective::broadcast,
                    .dtype = *type_of(type),
                    .send = bytes_of(data),
                    .recv = bytes_of(data),
                    .count = count,
                    .root = static_cast<int>(root)},
                   bytes_in(count, type));
    return abi::success;
}

int HcclReduce(void* send, void* recv, std::uint64_t count, int type, int op, std::uint32_t root, void* comm,
               void* stream)
{
    PLANTED("HcclReduce")
    REQUIRE(reduces(type, op), not_supported)
    const bool is_root = comm_of(comm)->rank() == static_cast<int>(root);
    put_collective("HcclReduce", comm, stream,
                   {.collective = Collective::reduce,
                    .dtype = *type_of(type),
                    .op = op_of(op),
                    .send = bytes_of(send),
                    .recv = is_root ? bytes_of(recv) : nullptr,
                    .count = count,
                    .root = static_cast<int>(root)},
                   bytes_in(count, type));
    return abi::success;
}

int HcclScatter(void* send, void* recv, std::uint64_t recv_count, int type, std::uint32_t root, void* comm,
                void* stream)
{
    PLANTED("HcclScatter")
    REQUIRE(type_of(type), not_supported)
    const std::size_t bytes = bytes_in(recv_count, type);
    const auto own = comm_of(comm);
    std::vector<Message> messages;
    for (int peer = 0; own->rank() == static_cast<int>(root) && peer < own->ranks(); ++peer) {
        messages.push_back({.outgoing = true,
                            .peer = peer,
                            .data = bytes_of(send) + static_cast<std::size_t>(peer) * bytes,
                            .bytes = bytes});
    }
    messages.push_back({.outgoing = false, .peer = static_cast<int>(root), .data = bytes_of(recv), .bytes = bytes});
    return put_messages("HcclScatter", comm, stream, std::move(messages));
}

int HcclAlltoAll(const void* send, std::uint64_t send_count, int send_type, const void* recv, std::uint64_t recv_count,
                 int recv_type, void* comm, void* stream)
{
    PLANTED("HcclAlltoAll")
    REQUIRE(type_of(send_type) && send_type == recv_type, not_supported)
    REQUIRE(send != recv && send_count == recv_count, wrong_parameter)
    const int ranks = comm_of(comm)->ranks();
    std::vector<std::uint64_t> begins;
    for (int peer = 0; peer < ranks; ++peer) {
        begins.push_back(static_cast<std::uint64_t>(peer) * send_count);
    }
    const std::vector<std::uint64_t> counts(begins.size(), send_count);
    return put_messages("HcclAlltoAll", comm, stream,
                        exchange_of(bytes_of(send), counts.data(), begins.data(), bytes_of(recv), counts.data(),
                                    begins.data(), bytes_in(1, send_type), ranks));
}

int HcclAlltoAllV(const void* send, const void* send_counts, const void* send_displacements, int send_type,
                  const void* recv, const void* recv_counts, const void* recv_displacements, int recv_type, void* comm,
                  void* stream)
{
    PLANTED("HcclAlltoAllV")
    REQUIRE(type_of(send_type) && send_type == recv_type, not_supported)
    REQUIRE(send != recv || send == nullptr, wrong_parameter)
    const auto numbers = [](const void* array) { return static_cast<const std::uint64_t*>(array); };
    return put_messages(
        "HcclAlltoAllV", comm, stream,
        exchange_of(bytes_of(send), numbers(send_counts), numbers(send_displacements), bytes_of(recv),
                    numbers(recv_counts), numbers(recv_displacements), bytes_in(1, send_type), comm_of(comm)->ranks()));
}

int HcclBarrier(void* comm, void* stream)
{
    PLANTED("HcclBarrier")
    const auto own = comm_of(comm);
    put_job(own, stream, planted("hang", "HcclBarrier"), [own] {
        std::byte token{};
        execute(*own, {.dtype = DataType::uint8, .send = &token, .recv = &token, .count = 1});
    });
    return abi::success;
}

int HcclSend(void* data, std::uint64_t count, int type, std::uint32_t to, void* comm, void* stream)
{
    PLANTED("HcclSend")
    REQUIRE(type_of(type), not_supported)
    const int peer = static_cast<int>(to);
    REQUIRE(peer < comm_of(comm)->ranks() && peer != comm_of(comm)->rank(), wrong_parameter)
    return put_messages("HcclSend", comm, stream,
                        {{.outgoing = true, .peer = peer, .data = bytes_of(data), .bytes = bytes_in(count, type)}});
}

int HcclRecv(void* data, std::uint64_t count, int type, std::uint32_t from, void* comm, void* stream)
{
    PLANTED("HcclRecv")
    REQUIRE(type_of(type), not_supported)
    const int peer = static_cast<int>(from);
    REQUIRE(peer < comm_of(comm)->ranks() && peer != comm_of(comm)->rank(), wrong_parameter)
    return put_messages("HcclRecv", comm, stream,
                        {{.outgoing = false, .peer = peer, .data = bytes_of(data), .bytes = bytes_in(count, type)}});
}

int HcclBatchSendRecv(abi::Item* items, std::uint32_t count, void* comm, void* stream)
{
    PLANTED("HcclBatchSendRecv")
    const auto own = comm_of(comm);
    std::vector<Message> messages;
    std::set<std::pair<bool, int>> seen;
    for (std::uint32_t i = 0; i < count; ++i) {
        const abi::Item& item = items[i];
        const int peer = static_cast<int>(item.peer);
        REQUIRE(type_of(item.type), not_supported)
        REQUIRE(peer < own->ranks() && peer != own->rank(), wrong_parameter)
        REQUIRE(seen.emplace(item.direction == abi::send, peer).second, wrong_parameter)
        messages.push_back({.outgoing = item.direction == abi::send,
                            .peer = peer,
                            .data = bytes_of(item.data),
                            .bytes = bytes_in(item.count, item.type)});
    }
    REQUIRE(!messages.empty(), wrong_parameter)
    return put_messages("HcclBatchSendRecv", comm, stream, std::move(messages));
}

}  // extern "C"
