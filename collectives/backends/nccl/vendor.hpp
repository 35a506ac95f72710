// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/toolkit.hpp"

#include <array>
#include <string_view>

namespace plumbline::nccl {

/// One vendor's pair of libraries with this interface: NCCL over CUDA, RCCL over HIP.
struct Vendor {
    std::string_view backend;
    std::string_view summary;
    std::string_view library;      ///< what the collective library calls itself
    std::string_view collectives;  ///< file name
    const char* all_to_all;        ///< its own call of that, in its spelling
    int native_calls_since;        ///< version that has it, ncclGather and ncclScatter; 0: every one
    const cuda::Toolkit& toolkit;
    std::array<std::string_view, 4> linear_algebras;     ///< file names of a BLAS with cuBLAS' interface
    std::array<std::string_view, 4> run_time_compilers;  ///< file names of NVRTC; "" = none
    std::string_view driver;                             ///< file name of CUDA's driver; "" = none
    std::string_view management;                         ///< file name of a library with NVML's interface; "" = none
};

inline constexpr Vendor nvidia{
    .backend = "nccl",
    .summary = "NVIDIA devices, over NCCL (opened at run time)",
    .library = "NCCL",
    .collectives = "libnccl.so.2",
    .all_to_all = "ncclAlltoAll",
    .native_calls_since = 22800,
    .toolkit = cuda::nvidia,
    .linear_algebras = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"},
    .run_time_compilers = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"},
    .driver = "libcuda.so.1",
    .management = "libnvidia-ml.so.1",
};

inline constexpr Vendor amd{
    .backend = "rccl",
    .summary = "AMD devices, over RCCL (opened at run time)",
    .library = "RCCL",
    .collectives = "librccl.so.1",
    .all_to_all = "ncclAllToAll",
    .native_calls_since = 0,
    .toolkit = cuda::amd,
    .linear_algebras = {},
    .run_time_compilers = {},
    .driver = "",
    .management = "",
};

}  // namespace plumbline::nccl
