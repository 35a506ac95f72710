// SPDX-License-Identifier: Apache-2.0
/// A fake for libnccl: collectives and messages between the processes of one host, through shared memory, done by
/// the threads of the fake's streams. Our own code from the public description of each call; only what the nccl
/// backend uses.
#include "collectives/backends/nccl/nccl_abi.hpp"
#include "tests/fakes/communicator.hpp"
#include "tests/fakes/faults.hpp"
#include "tests/fakes/jobs.hpp"
#include "tests/fakes/mark.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace plumbline::fake;
namespace abi = plumbline::nccl::abi;
using plumbline::Collective;
using plumbline::DataType;
using plumbline::ReduceOp;

namespace {

constexpr int system_error = 2;
constexpr int invalid_argument = 4;
constexpr int invalid_usage = 5;

struct Group {
    int depth = 0;
    std::vector<Batch> batches;
};
thread_local Group group;

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
        case abi::float8_e4m3:
            return DataType::float8_e4m3;
        case abi::float8_e5m2:
            return DataType::float8_e5m2;
        default:
            return std::nullopt;
    }
}

std::optional<ReduceOp> op_of(int op)
{
    switch (op) {
        case abi::sum:
            return ReduceOp::sum;
        case abi::max:
            return ReduceOp::max;
        case abi::min:
            return ReduceOp::min;
        default:
            return std::nullopt;
    }
}

int add_message(const char* call, void* handle, void* stream, const Message& message)
{
    const auto comm = comm_of(handle);
    const bool wrong = planted("wrong", call);
    const bool hangs = planted("hang", call);
    if (message.peer < 0 || message.peer >= comm->ranks()) {
        return invalid_argument;
    }
    if (group.batches.empty() || group.batches.back().comm != comm || group.batches.back().stream != stream) {
        group.batches.push_back({.comm = comm, .stream = stream, .messages = {}});
    }
    Batch& batch = group.batches.back();
    batch.messages.push_back(message);
    batch.wrong = batch.wrong || wrong;
    batch.hangs = batch.hangs || hangs;
    if (group.depth == 0) {
        put_batch(group.batches.back());
        group.batches.clear();
    }
    return abi::success;
}

std::size_t size_in_bytes(std::size_t count, int type)
{
    return count * plumbline::size_of(type_of(type).value());
}

/// What the library would say when a communicator comes up, where NCCL_DEBUG_FILE says; nothing without
/// NCCL_DEBUG=INFO.
void write_log(int ranks, int rank)
{
    const char* const level = std::getenv("NCCL_DEBUG");
    const char* const path = std::getenv("NCCL_DEBUG_FILE");
    if (level == nullptr || std::string_view(level) != "INFO" || path == nullptr) {
        return;
    }
    std::ofstream log(path, std::ios::app);
    log << "NCCL version 2.28.9+stand-in\n";
    const std::string head = "host:1:1 [" + std::to_string(rank) + "] NCCL INFO ";
    log << head << "NET/Socket : Using [0]lo:127.0.0.1<0>\n" << head << "Using network Socket\n";
    log << head << "NVLS multicast support is not available on dev " << rank << '\n';
    for (int peer = 0; peer < ranks && peer != rank; ++peer) {
        log << head << "Channel 00/0 : " << rank << '[' << rank << "] -> " << peer << '[' << peer
            << "] via SHM/direct\n";
    }
}

/// What a rank says when a communicator is split.
struct Wish {
    int color = 0;
    int key = 0;
    int rank = 0;
};

template <class T>
Message message_of(T& value, bool outgoing, int peer)
{
    return {.outgoing = outgoing, .peer = peer, .data = reinterpret_cast<std::byte*>(&value), .bytes = sizeof value};
}

std::vector<Wish> wishes_of_all(FakeComm& comm, Wish mine)
{
    std::vector<Wish> all(static_cast<std::size_t>(comm.ranks()));
    std::vector<Message> messages;
    for (int peer = 0; peer < comm.ranks(); ++peer) {
        messages.push_back(message_of(mine, true, peer));
        messages.push_back(message_of(all[static_cast<std::size_t>(peer)], false, peer));
    }
    comm.exchange(std::move(messages));
    return all;
}

/// By what the ranks of a new subgroup meet: its first one makes it.
std::string name_of_first(FakeComm& comm, const std::vector<Wish>& subgroup)
{
    abi::UniqueId id{};
    std::vector<Message> messages;
    if (subgroup.front().rank == comm.rank()) {
        std::snprintf(id.internal, sizeof id.internal, "%s", SharedSegment::new_name().c_str());
        for (std::size_t i = 1; i < subgroup.size(); ++i) {
            messages.push_back(message_of(id, true, subgroup[i].rank));
        }
    } else {
        messages.push_back(message_of(id, false, subgroup.front().rank));
    }
    comm.exchange(std::move(messages));
    return id.internal;
}

}  // namespace

#define PLANTED(call)                              \
    if (const auto code = planted_failure(call)) { \
        return *code;                              \
    }
#define KNOWN_TYPE(type)         \
    if (!type_of(type)) {        \
        return invalid_argument; \
    }
#define KNOWN_OP(op)             \
    if (!op_of(op)) {            \
        return invalid_argument; \
    }

extern "C" {

PLUMBLINE_FAKE_MARK(nccl)

int ncclGetVersion(int* version)
{
    constexpr int usual = 22809;
    const auto rule = rule_of("version");
    *version = rule ? static_cast<int>(rule->value) : usual;
    return abi::success;
}

int ncclGetUniqueId(abi::UniqueId* id)
{
    PLANTED("ncclGetUniqueId")
    std::memset(id->internal, 0, sizeof id->internal);
    std::snprintf(id->internal, sizeof id->internal, "%s", SharedSegment::new_name().c_str());
    return abi::success;
}

int ncclCommInitRank(void** comm, int ranks, abi::UniqueId id, int rank)
{
    PLANTED("ncclCommInitRank")
    if (rank < 0 || rank >= ranks) {
        return invalid_argument;
    }
    write_log(ranks, rank);
    *comm = make_comm(id.internal, ranks, rank);
    return *comm == nullptr ? system_error : abi::success;
}

int ncclCommSplit(void* handle, int color, int key, void** made, void*)
{
    PLANTED("ncclCommSplit")
    const auto comm = comm_of(handle);
    *made = nullptr;
    Wish mine{.color = color, .key = key, .rank = comm->rank()};
    std::vector<Wish> subgroup = wishes_of_all(*comm, mine);
    std::erase_if(subgroup, [&](const Wish& one) { return one.color != color; });
    std::ranges::sort(subgroup, {}, [](const Wish& one) { return std::pair(one.key, one.rank); });
    if (comm->broken()) {
        return abi::remote_error;
    }
    if (color == abi::no_color) {
        return abi::success;
    }
    const auto place = std::ranges::find(subgroup, comm->rank(), &Wish::rank);
    *made = make_comm(name_of_first(*comm, subgroup), static_cast<int>(subgroup.size()),
                      static_cast<int>(place - subgroup.begin()));
    return *made == nullptr ? system_error : abi::success;
}

int ncclCommDestroy(void* comm)
{
    destroy_comm(comm);
    return abi::success;
}

int ncclCommAbort(void* comm)
{
    comm_of(comm)->abort();
    destroy_comm(comm);
    return abi::success;
}

int ncclCommGetAsyncError(void* comm, int* error)
{
    *error = async_error(comm, abi::remote_error);
    return abi::success;
}

const char* ncclGetErrorString(int code)
{
    switch (code) {
        case abi::success:
            return "no error";
        case 1:
            return "unhandled cuda error";
        case system_error:
            return "unhandled system error";
        case 3:
            return "internal error";
        case invalid_argument:
            return "invalid argument";
        case invalid_usage:
            return "invalid usage";
        case abi::remote_error:
            return "remote process exited or there was a network error";
        default:
            return "planted error";
    }
}

const char* ncclGetLastError(void*)
{
    return "";
}

int ncclGroupStart()
{
    ++group.depth;
    return abi::success;
}

int ncclGroupEnd()
{
    PLANTED("ncclGroupEnd")
    if (group.depth == 0) {
        return invalid_usage;
    }
    if (--group.depth == 0) {
        for (const Batch& batch : group.batches) {
            put_batch(batch);
        }
        group.batches.clear();
    }
    return abi::success;
}

int ncclAllReduce(const void* send, void* recv, std::size_t count, int type, int op, void* comm, void* stream)
{
    PLANTED("ncclAllReduce")
    KNOWN_TYPE(type)
    KNOWN_OP(op)
    put_collective("ncclAllReduce", comm, stream,
                   {.collective = Collective::allreduce,
                    .dtype = *type_of(type),
                    .op = *op_of(op),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclReduceScatter(const void* send, void* recv, std::size_t count, int type, int op, void* comm, void* stream)
{
    PLANTED("ncclReduceScatter")
    KNOWN_TYPE(type)
    KNOWN_OP(op)
    put_collective("ncclReduceScatter", comm, stream,
                   {.collective = Collective::reduce_scatter,
                    .dtype = *type_of(type),
                    .op = *op_of(op),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclAllGather(const void* send, void* recv, std::size_t count, int type, void* comm, void* stream)
{
    PLANTED("ncclAllGather")
    KNOWN_TYPE(type)
    put_collective("ncclAllGather", comm, stream,
                   {.collective = Collective::allgather,
                    .dtype = *type_of(type),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclBroadcast(const void* send, void* recv, std::size_t count, int type, int root, void* comm, void* stream)
{
    PLANTED("ncclBroadcast")
    KNOWN_TYPE(type)
    put_collective("ncclBroadcast", comm, stream,
                   {.collective = Collective::broadcast,
                    .dtype = *type_of(type),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count,
                    .root = root},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclReduce(const void* send, void* recv, std::size_t count, int type, int op, int root, void* comm, void* stream)
{
    PLANTED("ncclReduce")
    KNOWN_TYPE(type)
    KNOWN_OP(op)
    put_collective("ncclReduce", comm, stream,
                   {.collective = Collective::reduce,
                    .dtype = *type_of(type),
                    .op = *op_of(op),
                    .send = bytes_of(send),
                    .recv = comm_of(comm)->rank() == root ? bytes_of(recv) : nullptr,
                    .count = count,
                    .root = root},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclAlltoAll(const void* send, void* recv, std::size_t count, int type, void* comm, void* stream)
{
    PLANTED("ncclAlltoAll")
    KNOWN_TYPE(type)
    put_collective("ncclAlltoAll", comm, stream,
                   {.collective = Collective::alltoall,
                    .dtype = *type_of(type),
                    .send = bytes_of(send),
                    .recv = bytes_of(recv),
                    .count = count},
                   size_in_bytes(count, type));
    return abi::success;
}

/// As RCCL spells it.
int ncclAllToAll(const void* send, void* recv, std::size_t count, int type, void* comm, void* stream)
{
    return ncclAlltoAll(send, recv, count, type, comm, stream);
}

int ncclGather(const void* send, void* recv, std::size_t count, int type, int root, void* comm, void* stream)
{
    PLANTED("ncclGather")
    KNOWN_TYPE(type)
    const bool is_root = comm_of(comm)->rank() == root;
    put_collective("ncclGather", comm, stream,
                   {.collective = Collective::gather,
                    .dtype = *type_of(type),
                    .send = bytes_of(send),
                    .recv = is_root ? bytes_of(recv) : nullptr,
                    .count = count,
                    .root = root},
                   is_root ? size_in_bytes(count, type) : 0);
    return abi::success;
}

int ncclScatter(const void* send, void* recv, std::size_t count, int type, int root, void* comm, void* stream)
{
    PLANTED("ncclScatter")
    KNOWN_TYPE(type)
    put_collective("ncclScatter", comm, stream,
                   {.collective = Collective::scatter,
                    .dtype = *type_of(type),
                    .send = comm_of(comm)->rank() == root ? bytes_of(send) : nullptr,
                    .recv = bytes_of(recv),
                    .count = count,
                    .root = root},
                   size_in_bytes(count, type));
    return abi::success;
}

int ncclSend(const void* data, std::size_t count, int type, int peer, void* comm, void* stream)
{
    PLANTED("ncclSend")
    KNOWN_TYPE(type)
    return add_message("ncclSend", comm, stream,
                       {.outgoing = true, .peer = peer, .data = bytes_of(data), .bytes = size_in_bytes(count, type)});
}

int ncclRecv(void* data, std::size_t count, int type, int peer, void* comm, void* stream)
{
    PLANTED("ncclRecv")
    KNOWN_TYPE(type)
    return add_message("ncclRecv", comm, stream,
                       {.outgoing = false, .peer = peer, .data = bytes_of(data), .bytes = size_in_bytes(count, type)});
}

int ncclCommRegister(void*, void* memory, std::size_t, void** handle)
{
    PLANTED("ncclCommRegister")
    *handle = memory;
    return abi::success;
}

int ncclCommDeregister(void*, void*)
{
    return abi::success;
}

}  // extern "C"
