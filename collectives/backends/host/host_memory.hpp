// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/backends/host/host_placement.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace plumbline {

/// Bytes that this host, and the control group (version 2) of this process, can still give; 2^64 - 1 when neither
/// says. `root` is where /proc and /sys lie.
std::uint64_t available_host_bytes(const std::filesystem::path& root = "/");

/// Memory whose pages are really there. It begins with a page, or where `placement` has it drawn with a line of 64 B.
class HostBuffer final : public Buffer {
public:
    /// Throws std::bad_alloc, also when the host has less than that left. Zeroed; no memory for size 0.
    explicit HostBuffer(std::uint64_t bytes, const HostPlacement& placement = {});
    HostBuffer(const HostBuffer&) = delete;
    HostBuffer& operator=(const HostBuffer&) = delete;
    ~HostBuffer() override;

    std::uint64_t size_bytes() const override { return bytes_; }
    /// Throw std::out_of_range outside of the buffer.
    void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) override;
    void download(std::uint64_t offset_bytes, std::span<std::byte> data) const override;
    void fill(std::byte value) override;

    std::byte* data() const { return data_; }

private:
    std::uint64_t bytes_;
    void* memory_ = nullptr;  ///< null for size 0
    std::size_t mapped_ = 0;  ///< bytes that are to be unmapped; 0: the C library's memory
    std::byte* data_ = nullptr;
};

}  // namespace plumbline
