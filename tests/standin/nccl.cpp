/// A stand-in for libnccl: collectives and messages between the processes of one host, through shared memory, done by
/// the threads of the stand-in's streams. Our own code from the public description of each call; only what the nccl
/// backend uses.
#include "collectives/nccl/nccl_abi.hpp"
#include "tests/standin/communicator.hpp"
#include "tests/standin/faults.hpp"
#include "tests/standin/mark.hpp"
#include "tests/standin/stream.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

using namespace plumbline::standin;
namespace abi = plumbline::nccl::abi;
using plumbline::Collective;
using plumbline::DataType;
using plumbline::ReduceOp;

namespace {

constexpr int system_error = 2;
constexpr int invalid_argument = 4;
constexpr int invalid_usage = 5;

/// What an ncclComm_t points to. Shared with the work on streams, which may outlive the handle.
struct Handle {
    std::shared_ptr<StandinComm> comm;
};

/// Messages of one group call on one communicator and stream.
struct Batch {
    std::shared_ptr<StandinComm> comm;
    void* stream = nullptr;
    std::vector<Message> messages;
    const char* call = "";
    bool wrong = false;
    bool hangs = false;
};

struct Group {
    int depth = 0;
    std::vector<Batch> batches;
};
thread_local Group group;

std::shared_ptr<StandinComm> comm_of(void* handle)
{
    return static_cast<Handle*>(handle)->comm;
}

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

void flip_a_bit(std::byte* data, std::size_t bytes)
{
    if (bytes > 0) {
        data[bytes / 2] ^= std::byte{1};
    }
}

/// Puts a job of `comm` on a stream: in its turn, whatever stream it is on.
template <class Job>
void put_job(const std::shared_ptr<StandinComm>& comm, void* stream, bool hangs, Job job)
{
    put_on_stream(stream, {[comm] { return comm->take_ticket(); },
                           [comm, hangs, job](std::uint64_t ticket) {
                               if (comm->begin(ticket)) {
                                   if (hangs) {
                                       comm->hang();
                                   }
                                   job();
                               }
                               comm->done();
                           }});
}

void put_batch(const Batch& batch)
{
    put_job(batch.comm, batch.stream, batch.hangs, [batch] {
        batch.comm->exchange(batch.messages);
        for (const Message& message : batch.messages) {
            if (batch.wrong && !message.outgoing) {
                flip_a_bit(message.data, message.bytes);
            }
        }
    });
}

int put_collective(const char* call, void* handle, void* stream, const CollectiveJob& job, std::size_t result_bytes)
{
    const auto comm = comm_of(handle);
    const bool wrong = planted("wrong", call);
    put_job(comm, stream, planted("hang", call), [comm, job, wrong, result_bytes] {
        carry_out(*comm, job);
        if (wrong && job.recv != nullptr) {
            flip_a_bit(job.recv, result_bytes);
        }
    });
    return abi::success;
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
        group.batches.push_back({.comm = comm, .stream = stream, .messages = {}, .call = call});
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

std::byte* bytes_of(const void* data)
{
    return static_cast<std::byte*>(const_cast<void*>(data));
}

std::size_t size_in_bytes(std::size_t count, int type)
{
    return count * plumbline::size_of(type_of(type).value());
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

PLUMBLINE_STANDIN_MARK(nccl)

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
    static std::atomic<int> count = 0;
    std::memset(id->internal, 0, sizeof id->internal);
    std::snprintf(id->internal, sizeof id->internal, "/plumbline-standin-%d-%d", static_cast<int>(getpid()), count++);
    return abi::success;
}

int ncclCommInitRank(void** comm, int ranks, abi::UniqueId id, int rank)
{
    PLANTED("ncclCommInitRank")
    if (rank < 0 || rank >= ranks) {
        return invalid_argument;
    }
    try {
        *comm = new Handle{std::make_shared<StandinComm>(id.internal, ranks, rank)};
    } catch (const std::exception&) {
        return system_error;
    }
    return abi::success;
}

int ncclCommDestroy(void* comm)
{
    delete static_cast<Handle*>(comm);
    return abi::success;
}

int ncclCommAbort(void* comm)
{
    comm_of(comm)->abort();
    delete static_cast<Handle*>(comm);
    return abi::success;
}

int ncclCommGetAsyncError(void* comm, int* error)
{
    const auto own = comm_of(comm);
    const auto rule = rule_of("async");
    *error = abi::success;
    if (rule && own->finished() >= rule->after) {
        *error = rule->code;
    } else if (own->broken()) {
        *error = abi::remote_error;
    }
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
    return put_collective("ncclAllReduce", comm, stream,
                          {.collective = Collective::allreduce,
                           .dtype = *type_of(type),
                           .op = *op_of(op),
                           .send = bytes_of(send),
                           .recv = bytes_of(recv),
                           .count = count},
                          size_in_bytes(count, type));
}

int ncclReduceScatter(const void* send, void* recv, std::size_t count, int type, int op, void* comm, void* stream)
{
    PLANTED("ncclReduceScatter")
    KNOWN_TYPE(type)
    KNOWN_OP(op)
    return put_collective("ncclReduceScatter", comm, stream,
                          {.collective = Collective::reduce_scatter,
                           .dtype = *type_of(type),
                           .op = *op_of(op),
                           .send = bytes_of(send),
                           .recv = bytes_of(recv),
                           .count = count},
                          size_in_bytes(count, type));
}

int ncclAllGather(const void* send, void* recv, std::size_t count, int type, void* comm, void* stream)
{
    PLANTED("ncclAllGather")
    KNOWN_TYPE(type)
    return put_collective("ncclAllGather", comm, stream,
                          {.collective = Collective::allgather,
                           .dtype = *type_of(type),
                           .send = bytes_of(send),
                           .recv = bytes_of(recv),
                           .count = count},
                          size_in_bytes(count, type));
}

int ncclBroadcast(const void* send, void* recv, std::size_t count, int type, int root, void* comm, void* stream)
{
    PLANTED("ncclBroadcast")
    KNOWN_TYPE(type)
    return put_collective("ncclBroadcast", comm, stream,
                          {.collective = Collective::broadcast,
                           .dtype = *type_of(type),
                           .send = bytes_of(send),
                           .recv = bytes_of(recv),
                           .count = count,
                           .root = root},
                          size_in_bytes(count, type));
}

int ncclReduce(const void* send, void* recv, std::size_t count, int type, int op, int root, void* comm, void* stream)
{
    PLANTED("ncclReduce")
    KNOWN_TYPE(type)
    KNOWN_OP(op)
    return put_collective("ncclReduce", comm, stream,
                          {.collective = Collective::reduce,
                           .dtype = *type_of(type),
                           .op = *op_of(op),
                           .send = bytes_of(send),
                           .recv = comm_of(comm)->rank() == root ? bytes_of(recv) : nullptr,
                           .count = count,
                           .root = root},
                          size_in_bytes(count, type));
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
