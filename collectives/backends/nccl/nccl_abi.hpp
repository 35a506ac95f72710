// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/cuda_abi.hpp"

#include <cstddef>

/// The part of NCCL's public C interface that the backend uses (as cuda_abi.hpp). RCCL has the same.
namespace plumbline::nccl::abi {

using Result = int;
using Comm = void*;

constexpr Result success = 0;
constexpr Result remote_error = 6;
constexpr Result in_progress = 7;

constexpr std::size_t unique_id_bytes = 128;
struct UniqueId {
    char internal[unique_id_bytes];
};

enum Type : int {
    int8 = 0,
    uint8 = 1,
    int32 = 2,
    float16 = 6,
    float32 = 7,
    float64 = 8,
    bfloat16 = 9,
    float8_e4m3 = 10,  ///< since 2.24, as the next
    float8_e5m2 = 11,
};
enum RedOp : int { sum = 0, prod = 1, max = 2, min = 3 };

using GetVersion = Result(int* version);
using GetUniqueId = Result(UniqueId* id);
using CommInitRank = Result(Comm* comm, int ranks, UniqueId id, int rank);
/// `color` -1: takes part, gets none. No `config`: that of `comm`.
using CommSplit = Result(Comm comm, int color, int key, Comm* made, void* config);
constexpr int no_color = -1;
using CommDestroy = Result(Comm comm);
using CommAbort = Result(Comm comm);
using CommGetAsyncError = Result(Comm comm, Result* error);
using GetErrorString = const char*(Result code);
using GetLastError = const char*(Comm comm);
using GroupStart = Result();
using GroupEnd = Result();
using AllReduce = Result(const void* send, void* recv, std::size_t count, Type type, RedOp op, Comm comm,
                         cuda::Stream stream);
using ReduceScatter = Result(const void* send, void* recv, std::size_t count, Type type, RedOp op, Comm comm,
                             cuda::Stream stream);
using AllGather = Result(const void* send, void* recv, std::size_t count, Type type, Comm comm, cuda::Stream stream);
using Broadcast = Result(const void* send, void* recv, std::size_t count, Type type, int root, Comm comm,
                         cuda::Stream stream);
using Reduce = Result(const void* send, void* recv, std::size_t count, Type type, RedOp op, int root, Comm comm,
                      cuda::Stream stream);
using Send = Result(const void* data, std::size_t count, Type type, int peer, Comm comm, cuda::Stream stream);
using Recv = Result(void* data, std::size_t count, Type type, int peer, Comm comm, cuda::Stream stream);
/// Of NCCL since 2.28; of RCCL since its beginning, as ncclAllToAll.
using AllToAll = Result(const void* send, void* recv, std::size_t count, Type type, Comm comm, cuda::Stream stream);
using Gather = Result(const void* send, void* recv, std::size_t count, Type type, int root, Comm comm,
                      cuda::Stream stream);
using Scatter = Gather;
using CommRegister = Result(Comm comm, void* memory, std::size_t bytes, void** handle);
using CommDeregister = Result(Comm comm, void* handle);

}  // namespace plumbline::nccl::abi
