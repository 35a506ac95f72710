// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace plumbline {

/// Bytes that this host, and the control group (version 2) of this process, can still give; 2^64 - 1 when neither
/// says. `root` is where /proc and /sys lie.
std::uint64_t available_host_bytes(const std::filesystem::path& root = "/");

/// Page-aligned memory whose pages are really there.
class HostBuffer final : public Buffer {
public:
    /// Throws std::bad_alloc, also when the host has less than that left. Zeroed; no memory for size 0.
    explicit HostBuffer(std::uint64_t bytes);

    std::uint64_t size_bytes() const override { return bytes_; }
    /// Throw std::out_of_range outside of the buffer.
    void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) override;
    void download(std::uint64_t offset_bytes, std::span<std::byte> data) const override;
    void fill(std::byte value) override;

    std::byte* data() const { return memory_.get(); }

private:
    struct Free {
        void operator()(std::byte* memory) const;
    };
    std::uint64_t bytes_;
    std::unique_ptr<std::byte, Free> memory_;
};

}  // namespace plumbline
