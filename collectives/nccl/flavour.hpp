#pragma once

#include <array>
#include <string_view>

namespace plumbline::nccl {

/// One vendor's pair of libraries with this interface: NCCL over CUDA, RCCL over HIP.
struct Flavour {
    std::string_view backend;
    std::string_view summary;
    std::string_view library;                            ///< what the collective library calls itself
    std::string_view collectives;                        ///< file name
    std::array<std::string_view, 4> runtimes;            ///< file names, the newest first; "" where there are fewer
    std::string_view runtime_prefix;                     ///< of the runtime's functions
    std::array<std::string_view, 4> linear_algebras;     ///< file names of a BLAS with cuBLAS' interface
    std::array<std::string_view, 4> run_time_compilers;  ///< file names of NVRTC; "" = none
    std::string_view driver;                             ///< file name of CUDA's driver; "" = none
    std::string_view management;                         ///< file name of a library with NVML's interface; "" = none
    std::array<std::string_view, 3> usual_folders;       ///< where the toolkit lies when the loader doesn't know it
};

inline constexpr Flavour nvidia{
    .backend = "nccl",
    .summary = "NVIDIA devices, over NCCL (opened at run time)",
    .library = "NCCL",
    .collectives = "libnccl.so.2",
    .runtimes = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"},
    .runtime_prefix = "cuda",
    .linear_algebras = {"libcublas.so.13", "libcublas.so.12", "libcublas.so.11", "libcublas.so"},
    .run_time_compilers = {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"},
    .driver = "libcuda.so.1",
    .management = "libnvidia-ml.so.1",
    .usual_folders = {"/usr/local/cuda/lib64", "/usr/local/cuda/lib", ""},
};

inline constexpr Flavour amd{
    .backend = "rccl",
    .summary = "AMD devices, over RCCL (opened at run time)",
    .library = "RCCL",
    .collectives = "librccl.so.1",
    .runtimes = {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"},
    .runtime_prefix = "hip",
    .linear_algebras = {},
    .run_time_compilers = {},
    .driver = "",
    .management = "",
    .usual_folders = {"/opt/rocm/lib", "", ""},
};

}  // namespace plumbline::nccl
