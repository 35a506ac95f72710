// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/cuda/cuda_abi.hpp"
#include "collectives/backends/cuda/toolkit.hpp"
#include "collectives/backends/device/runtime.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <string>

namespace plumbline::cuda {

/// The CUDA runtime, or HIP's under the same names.
class CudaRuntime final : public device::Runtime {
public:
    /// Throws ConfigError. `beside`: a library whose folder is looked in first; "" = none.
    CudaRuntime(const Toolkit& toolkit, const std::string& beside);
    /// The runtime that `library` is.
    CudaRuntime(const Toolkit& toolkit, DynamicLibrary library);

    cuda::Functions calls;

    const Names& names() const override;
    const std::string& path() const override { return library_.path(); }
    bool is_fake() const override { return library_.find("plumbline_fake") != nullptr; }
    int device_count() const override;
    void set_device(int number) const override;
    device::Device describe(int number) const override;
    std::byte* allocate(std::uint64_t bytes) const override;
    void release(std::byte* memory) const noexcept override { calls.free(memory); }
    std::uint64_t free_bytes() const override;
    void to_device(std::byte* to, std::span<const std::byte> from) const override;
    void to_host(std::span<std::byte> to, const std::byte* from) const override;
    void fill(std::byte* memory, std::byte value, std::uint64_t bytes) const override;
    void copy(std::byte* to, const std::byte* from, std::uint64_t bytes, device::StreamHandle stream) const override;
    device::StreamHandle create_stream() const override;
    void destroy_stream(device::StreamHandle stream) const noexcept override { calls.stream_destroy(stream); }
    device::EventHandle create_event(device::EventKind kind) const override;
    void destroy_event(device::EventHandle event) const noexcept override { calls.event_destroy(event); }
    void record(device::EventHandle event, device::StreamHandle stream) const override
    {
        check(calls.event_record(event, stream), "cudaEventRecord");
    }
    bool reached(device::EventHandle event) const override;
    double seconds_between(device::EventHandle begin, device::EventHandle end) const override;

    /// Compute capability of NVIDIA's device `number`: 90 for 9.0. Throws BackendError.
    int capability(int number) const;
    /// What it says of its version ("cuda 13000").
    std::string version() const;
    /// Throws BackendError with the runtime's own words unless `code` is success.
    void check(cuda::Error code, const char* call) const
    {
        if (code != cuda::success) [[unlikely]] {
            fail(code, call);
        }
    }

private:
    [[noreturn]] void fail(cuda::Error code, const char* call) const;

    DynamicLibrary library_;
    std::string prefix_;
    bool properties_have_uuid_ = true;
};

}  // namespace plumbline::cuda
