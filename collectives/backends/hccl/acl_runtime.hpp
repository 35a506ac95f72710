// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/runtime.hpp"
#include "collectives/backends/hccl/acl_abi.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <string>

namespace plumbline::hccl {

/// AscendCL: the runtime of Huawei's Ascend devices.
class AclRuntime final : public device::Runtime {
public:
    /// Initialises it for this process. Throws ConfigError. `beside`: a library whose folder is looked in first; "" =
    /// none.
    explicit AclRuntime(const std::string& beside);

    acl::Functions calls;

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
    void destroy_stream(device::StreamHandle stream) const noexcept override { calls.destroy_stream(stream); }
    device::EventHandle create_event(device::EventKind kind) const override;
    void destroy_event(device::EventHandle event) const noexcept override { calls.destroy_event(event); }
    void record(device::EventHandle event, device::StreamHandle stream) const override
    {
        check(calls.record_event(event, stream), "aclrtRecordEvent");
    }
    bool reached(device::EventHandle event) const override;
    double seconds_between(device::EventHandle begin, device::EventHandle end) const override;

    /// "1.15.0": aclrtGetVersion.
    std::string version() const;
    /// What the runtime says of the last error of this thread; its bare code where it says nothing.
    std::string describe_error(acl::Error code) const;
    /// Throws BackendError with the runtime's own words unless `code` is success.
    void check(acl::Error code, const char* call) const
    {
        if (code != acl::success) [[unlikely]] {
            fail(code, call);
        }
    }

private:
    [[noreturn]] void fail(acl::Error code, const char* call) const;

    DynamicLibrary library_;
};

}  // namespace plumbline::hccl
