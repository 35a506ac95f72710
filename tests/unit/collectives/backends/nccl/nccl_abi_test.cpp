// SPDX-License-Identifier: Apache-2.0
// Built where CUDA's and NCCL's own headers are: what this project declares of them is what they say.
#include "collectives/backends/nccl/nccl_abi.hpp"

#include <cublas_v2.h>
#include <cuda.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>
#include <nccl.h>
#include <nvrtc.h>

#include <cstddef>
#include <type_traits>

namespace plumbline::nccl {
namespace {

/// Whether a function takes as many arguments, each of the same size and a pointer where the other has one.
template <class Own, class Real>
constexpr bool fits = false;
template <class Result, class... Arguments, class RealResult, class... RealArguments>
    requires(sizeof...(Arguments) == sizeof...(RealArguments))
constexpr bool fits<Result(Arguments...), RealResult(RealArguments...)> =
    ((sizeof(Arguments) == sizeof(RealArguments) && std::is_pointer_v<Arguments> == std::is_pointer_v<RealArguments>) &&
     ...);

#define EXPECT_FITS(own, real) EXPECT_TRUE((fits<own, decltype(real)>)) << #real

TEST(NcclAbi, functions_take_what_the_real_headers_say)
{
    EXPECT_FITS(abi::CommInitRank, ncclCommInitRank);
    EXPECT_FITS(abi::CommSplit, ncclCommSplit);
    EXPECT_FITS(abi::CommDestroy, ncclCommDestroy);
    EXPECT_FITS(abi::CommAbort, ncclCommAbort);
    EXPECT_FITS(abi::CommGetAsyncError, ncclCommGetAsyncError);
    EXPECT_FITS(abi::AllReduce, ncclAllReduce);
    EXPECT_FITS(abi::ReduceScatter, ncclReduceScatter);
    EXPECT_FITS(abi::AllGather, ncclAllGather);
    EXPECT_FITS(abi::Broadcast, ncclBroadcast);
    EXPECT_FITS(abi::Reduce, ncclReduce);
    EXPECT_FITS(abi::Send, ncclSend);
    EXPECT_FITS(abi::Recv, ncclRecv);
#if NCCL_VERSION_CODE >= NCCL_VERSION(2, 28, 0)
    EXPECT_FITS(abi::AllToAll, ncclAlltoAll);
    EXPECT_FITS(abi::Gather, ncclGather);
    EXPECT_FITS(abi::Scatter, ncclScatter);
#endif
    EXPECT_FITS(abi::CommRegister, ncclCommRegister);
    EXPECT_FITS(abi::CommDeregister, ncclCommDeregister);
    EXPECT_FITS(cuda::DeviceGetAttribute, cudaDeviceGetAttribute);
    EXPECT_FITS(cuda::Memcpy, cudaMemcpy);
    EXPECT_FITS(cuda::MemcpyAsync, cudaMemcpyAsync);
    EXPECT_FITS(cuda::Memset, cudaMemset);
    EXPECT_FITS(cuda::EventElapsedTime, cudaEventElapsedTime);
    EXPECT_FITS(cuda::StreamBeginCapture, cudaStreamBeginCapture);
    EXPECT_FITS(cuda::GraphInstantiateWithFlags, cudaGraphInstantiateWithFlags);
}

TEST(NcclAbi, numbers_are_those_of_the_real_headers)
{
    EXPECT_EQ(cuda::out_of_memory, cudaErrorMemoryAllocation);
    EXPECT_EQ(cuda::not_ready, cudaErrorNotReady);
    EXPECT_EQ(static_cast<int>(cuda::host_to_device), cudaMemcpyHostToDevice);
    EXPECT_EQ(static_cast<int>(cuda::device_to_host), cudaMemcpyDeviceToHost);
    EXPECT_EQ(static_cast<int>(cuda::device_to_device), cudaMemcpyDeviceToDevice);
    EXPECT_EQ(cuda::stream_non_blocking, unsigned{cudaStreamNonBlocking});
    EXPECT_EQ(cuda::capture_thread_local, cudaStreamCaptureModeThreadLocal);
    EXPECT_EQ(cuda::event_disable_timing, unsigned{cudaEventDisableTiming});
    EXPECT_EQ(cuda::attribute_capability_major, cudaDevAttrComputeCapabilityMajor);
    EXPECT_EQ(cuda::attribute_capability_minor, cudaDevAttrComputeCapabilityMinor);
    EXPECT_EQ(offsetof(cuda::DevicePrefix, uuid), offsetof(cudaDeviceProp, uuid));
    EXPECT_LE(sizeof(cudaDeviceProp), cuda::bytes_of_properties);

    EXPECT_EQ(static_cast<int>(abi::remote_error), ncclRemoteError);
    EXPECT_EQ(static_cast<int>(abi::in_progress), ncclInProgress);
    EXPECT_EQ(sizeof(abi::UniqueId), sizeof(ncclUniqueId));
    EXPECT_EQ(abi::no_color, NCCL_SPLIT_NOCOLOR);
    EXPECT_EQ(static_cast<int>(abi::int8), ncclInt8);
    EXPECT_EQ(static_cast<int>(abi::uint8), ncclUint8);
    EXPECT_EQ(static_cast<int>(abi::int32), ncclInt32);
    EXPECT_EQ(static_cast<int>(abi::float16), ncclFloat16);
    EXPECT_EQ(static_cast<int>(abi::float32), ncclFloat32);
    EXPECT_EQ(static_cast<int>(abi::float64), ncclFloat64);
    EXPECT_EQ(static_cast<int>(abi::bfloat16), ncclBfloat16);
#if NCCL_VERSION_CODE >= 22400
    EXPECT_EQ(static_cast<int>(abi::float8_e4m3), ncclFloat8e4m3);
    EXPECT_EQ(static_cast<int>(abi::float8_e5m2), ncclFloat8e5m2);
#endif
    EXPECT_EQ(static_cast<int>(abi::sum), ncclSum);
    EXPECT_EQ(static_cast<int>(abi::max), ncclMax);
    EXPECT_EQ(static_cast<int>(abi::min), ncclMin);
}

}  // namespace
}  // namespace plumbline::nccl
