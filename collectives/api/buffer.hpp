// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace plumbline {

/// Memory that the backend's library works on: host or device. Owned by the caller of Group::allocate().
class Buffer {
public:
    virtual ~Buffer() = default;
    virtual std::uint64_t size_bytes() const = 0;
    /// Whether there is memory to upload to and to download from; not so for scratch memory of a simulated cluster.
    virtual bool holds_data() const { return true; }
    virtual void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) = 0;
    virtual void download(std::uint64_t offset_bytes, std::span<std::byte> data) const = 0;
    /// Sets every byte (poison).
    virtual void fill(std::byte value) = 0;
};

/// What memory is for.
enum class MemoryUse : std::uint8_t {
    data,     ///< written, and compared with what is expected
    scratch,  ///< messages that nobody checks, or that carry no pattern: nobody looks at it, so a simulated cluster
              ///< needs no memory for it
};

}  // namespace plumbline
