// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/memory.hpp"

#include "collectives/api/call_checks.hpp"

#include <exception>
#include <limits>
#include <new>

namespace plumbline::device {

DeviceBuffer::DeviceBuffer(const Runtime& runtime, std::uint64_t bytes) : runtime_(runtime), bytes_(bytes)
{
    if (bytes > std::numeric_limits<std::ptrdiff_t>::max()) {
        throw std::bad_alloc();
    }
    if (bytes == 0) {
        return;
    }
    memory_ = runtime.allocate(bytes);
    try {
        fill(std::byte{0});
    } catch (...) {
        runtime.release(memory_);
        throw;
    }
}

DeviceBuffer::~DeviceBuffer()
{
    // Where the library failed and can't be aborted, its stream may still write here while this rank unwinds to the end
    // of the launch: what the process holds is then given back with the process.
    const bool unwinding = std::uncaught_exceptions() > exceptions_;
    if (memory_ != nullptr && !unwinding) {
        runtime_.release(memory_);
    }
}

void DeviceBuffer::upload(std::uint64_t offset_bytes, std::span<const std::byte> data)
{
    require_range(offset_bytes, data.size(), bytes_);
    if (!data.empty()) {
        runtime_.to_device(memory_ + offset_bytes, data);
    }
}

void DeviceBuffer::download(std::uint64_t offset_bytes, std::span<std::byte> data) const
{
    require_range(offset_bytes, data.size(), bytes_);
    if (!data.empty()) {
        runtime_.to_host(data, memory_ + offset_bytes);
    }
}

void DeviceBuffer::fill(std::byte value)
{
    if (bytes_ > 0) {
        runtime_.fill(memory_, value, bytes_);
    }
}

Stopwatch::Stopwatch(const Runtime& runtime, EventKind kind) : runtime_(runtime)
{
    if (kind == EventKind::timed) {
        begin_ = runtime.create_event(kind);
    }
    end_ = runtime.create_event(kind);
}

Stopwatch::~Stopwatch()
{
    if (begin_ != nullptr) {
        runtime_.destroy_event(begin_);
    }
    if (end_ != nullptr) {
        runtime_.destroy_event(end_);
    }
}

std::optional<double> Stopwatch::seconds() const
{
    if (begin_ == nullptr) {
        return std::nullopt;
    }
    return runtime_.seconds_between(begin_, end_);
}

}  // namespace plumbline::device
