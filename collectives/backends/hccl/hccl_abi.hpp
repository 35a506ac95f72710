// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/hccl/acl_abi.hpp"

#include <cstddef>
#include <cstdint>

/// The part of Huawei's HCCL that the backend uses (as acl_abi.hpp). Signatures and numbers are those of the public
/// "HCCL API (C)" reference of CANN (hccl.h, hccl_types.h; docs/en/api_ref of the cann/hccl repository).
namespace plumbline::hccl::abi {

using Result = int;  ///< HcclResult
using Comm = void*;

constexpr Result success = 0;     ///< HCCL_SUCCESS
constexpr Result timed_out = 9;   ///< HCCL_E_TIMEOUT
constexpr Result try_again = 20;  ///< HCCL_E_AGAIN
constexpr Result remote = 21;     ///< HCCL_E_REMOTE: an error of the other side of a link

constexpr std::size_t root_info_bytes = 4108;  ///< HCCL_ROOT_INFO_BYTES
struct RootInfo {
    char internal[root_info_bytes];
};

enum Type : int {  ///< HcclDataType
    int8 = 0,
    int16 = 1,
    int32 = 2,
    float16 = 3,
    float32 = 4,
    int64 = 5,
    uint64 = 6,
    uint8 = 7,
    uint16 = 8,
    uint32 = 9,
    float64 = 10,
    bfloat16 = 11,
};
enum RedOp : int { sum = 0, prod = 1, max = 2, min = 3 };  ///< HcclReduceOp
enum Direction : int { send = 0, receive = 1 };            ///< HcclSendRecvType

/// HcclSendRecvItem
struct Item {
    Direction direction;
    void* data;
    std::uint64_t count;
    Type type;
    std::uint32_t peer;
};

using GetRootInfo = Result(RootInfo* info);
using CommInitRootInfo = Result(std::uint32_t ranks, const RootInfo* info, std::uint32_t rank, Comm* comm);
using CommDestroy = Result(Comm comm);
using GetCommAsyncError = Result(Comm comm, Result* error);
using GetErrorString = const char*(Result code);
/// `count` of the output, as of the input.
using AllReduce = Result(void* send, void* recv, std::uint64_t count, Type type, RedOp op, Comm comm,
                         acl::Stream stream);
/// `recv_count` of the output; the input has that times the ranks.
using ReduceScatter = Result(void* send, void* recv, std::uint64_t recv_count, Type type, RedOp op, Comm comm,
                             acl::Stream stream);
/// `send_count` of the input; the output has that times the ranks.
using AllGather = Result(void* send, void* recv, std::uint64_t send_count, Type type, Comm comm, acl::Stream stream);
/// In place: one buffer.
using Broadcast = Result(void* data, std::uint64_t count, Type type, std::uint32_t root, Comm comm, acl::Stream stream);
using Reduce = Result(void* send, void* recv, std::uint64_t count, Type type, RedOp op, std::uint32_t root, Comm comm,
                      acl::Stream stream);
/// `recv_count` of each rank's output; the root's input has that times the ranks.
using Scatter = Result(void* send, void* recv, std::uint64_t recv_count, Type type, std::uint32_t root, Comm comm,
                       acl::Stream stream);
/// Counts between two ranks.
using AllToAll = Result(const void* send, std::uint64_t send_count, Type send_type, const void* recv,
                        std::uint64_t recv_count, Type recv_type, Comm comm, acl::Stream stream);
/// Arrays of uint64_t on the host, an entry a rank; displacements in elements.
using AllToAllV = Result(const void* send, const void* send_counts, const void* send_displacements, Type send_type,
                         const void* recv, const void* recv_counts, const void* recv_displacements, Type recv_type,
                         Comm comm, acl::Stream stream);
using Barrier = Result(Comm comm, acl::Stream stream);
using Send = Result(void* data, std::uint64_t count, Type type, std::uint32_t to, Comm comm, acl::Stream stream);
using Recv = Result(void* data, std::uint64_t count, Type type, std::uint32_t from, Comm comm, acl::Stream stream);
/// The items of a call don't wait for each other.
using BatchSendRecv = Result(Item* items, std::uint32_t count, Comm comm, acl::Stream stream);

/// All of them; filled by Collectives.
struct Functions {
    GetRootInfo* get_root_info = nullptr;
    CommInitRootInfo* comm_init_root_info = nullptr;
    CommDestroy* comm_destroy = nullptr;
    GetCommAsyncError* get_comm_async_error = nullptr;  ///< null in older versions
    GetErrorString* get_error_string = nullptr;         ///< null in older versions
    AllReduce* all_reduce = nullptr;
    ReduceScatter* reduce_scatter = nullptr;
    AllGather* all_gather = nullptr;
    Broadcast* broadcast = nullptr;
    Reduce* reduce = nullptr;
    Scatter* scatter = nullptr;
    AllToAll* all_to_all = nullptr;
    AllToAllV* all_to_all_v = nullptr;
    Barrier* barrier = nullptr;
    Send* send = nullptr;
    Recv* recv = nullptr;
    BatchSendRecv* batch_send_recv = nullptr;
};

}  // namespace plumbline::hccl::abi
