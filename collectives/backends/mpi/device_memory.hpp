// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"
#include "collectives/backends/cuda/cuda_runtime.hpp"
#include "collectives/backends/device/runtime.hpp"
#include "collectives/backends/host/host_placement.hpp"

#include <memory>
#include <string>

namespace plumbline::mpi {

/// What a scenario may choose of MPI (`backend_options`).
struct Options {
    bool on_device = false;
    std::string runtime_path;  ///< of CUDA; "" = what the loader finds
    HostPlacement placement;   ///< of host memory
};

/// Throws ConfigError naming the option and what it may be.
Options read_options(const BackendOptions& options);

/// Memory of this rank's device, which an MPI that is CUDA-aware takes as it takes the host's.
class DeviceMemory {
public:
    /// Collective over setup.world: as the options say, null for the host's memory. Throws ConfigError, the same on all
    /// ranks: no runtime, no device, an MPI that isn't CUDA-aware. `awareness`: cuda_awareness().
    static std::unique_ptr<DeviceMemory> open(const BackendSetup& setup, const Options& options,
                                              const std::string& awareness);

    const device::Runtime& runtime() const { return runtime_; }
    const device::Device& device() const { return device_; }
    /// "cuda 13000 (/path/libcudart.so.13)".
    std::string source() const;

private:
    explicit DeviceMemory(const std::string& runtime_path);

    cuda::CudaRuntime runtime_;
    device::Device device_;
};

}  // namespace plumbline::mpi
