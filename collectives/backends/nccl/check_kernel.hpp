// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/payload_elements.hpp"

/// What the device runs to compare data with the payload, where they lie. This text is compiled at run time
/// (payload_check.cpp), and for the host by the fake, which defines CUDA's words before.
namespace plumbline::nccl {

/// Lowers `*lowest` to `base` + i where element i is the first of `length` that isn't what the run says.
template <DataType dtype>
PLUMBLINE_ON_BOTH void find_difference(const void* data, const payload::Run& run, std::uint64_t length,
                                       std::uint64_t base, unsigned long long* lowest)
{
    const auto* const elements = static_cast<const typename NumberFormat<dtype>::Stored*>(data);
    const std::uint64_t stride = static_cast<std::uint64_t>(gridDim.x) * blockDim.x;
    const std::uint64_t first = static_cast<std::uint64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
    for (std::uint64_t i = first; i < length; i += stride) {
        if (!payload::same_number<dtype>(payload::expected_element<dtype>(run, i), elements[i])) {
            atomicMin(lowest, static_cast<unsigned long long>(base + i));
            return;
        }
    }
}

}  // namespace plumbline::nccl

#define PLUMBLINE_CHECK_KERNEL(dtype)                                                                  \
    extern "C" __global__ void plumbline_check_##dtype(const void* data, plumbline::payload::Run run,  \
                                                       std::uint64_t length, std::uint64_t base,       \
                                                       unsigned long long* lowest)                     \
    {                                                                                                  \
        plumbline::nccl::find_difference<plumbline::DataType::dtype>(data, run, length, base, lowest); \
    }

PLUMBLINE_CHECK_KERNEL(float32)
PLUMBLINE_CHECK_KERNEL(float64)
PLUMBLINE_CHECK_KERNEL(float16)
PLUMBLINE_CHECK_KERNEL(bfloat16)
PLUMBLINE_CHECK_KERNEL(int32)
PLUMBLINE_CHECK_KERNEL(int8)
PLUMBLINE_CHECK_KERNEL(uint8)
PLUMBLINE_CHECK_KERNEL(float8_e4m3)
PLUMBLINE_CHECK_KERNEL(float8_e5m2)
