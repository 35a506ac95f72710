// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string_view>

namespace plumbline::cuda {

/// One vendor's runtime with this interface: CUDA's, or HIP's under the same names.
struct Toolkit {
    std::array<std::string_view, 4> runtimes;       ///< file names, the newest first; "" where there are fewer
    std::string_view prefix;                        ///< of the runtime's functions
    std::array<std::string_view, 3> usual_folders;  ///< where it lies when the loader doesn't know it
};

inline constexpr Toolkit nvidia{
    .runtimes = {"libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0", "libcudart.so"},
    .prefix = "cuda",
    .usual_folders = {"/usr/local/cuda/lib64", "/usr/local/cuda/lib", ""},
};

inline constexpr Toolkit amd{
    .runtimes = {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"},
    .prefix = "hip",
    .usual_folders = {"/opt/rocm/lib", "", ""},
};

}  // namespace plumbline::cuda
