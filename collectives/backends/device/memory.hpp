// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/backends/device/runtime.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <span>

namespace plumbline::device {

/// Memory of the device.
class DeviceBuffer final : public Buffer {
public:
    /// Throws std::bad_alloc, BackendError. Zeroed.
    DeviceBuffer(const Runtime& runtime, std::uint64_t bytes);
    ~DeviceBuffer() override;

    std::uint64_t size_bytes() const override { return bytes_; }
    void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) override;
    void download(std::uint64_t offset_bytes, std::span<std::byte> data) const override;
    void fill(std::byte value) override;

    std::byte* data() const { return memory_; }

private:
    const Runtime& runtime_;
    std::uint64_t bytes_;
    std::byte* memory_ = nullptr;
    int exceptions_ = std::uncaught_exceptions();  ///< when it was made
};

/// Owns a stream that doesn't wait for the default one.
class Stream {
public:
    explicit Stream(const Runtime& runtime) : runtime_(runtime), stream_(runtime.create_stream()) {}
    ~Stream() { runtime_.destroy_stream(stream_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    StreamHandle get() const { return stream_; }

private:
    const Runtime& runtime_;
    StreamHandle stream_;
};

/// Two events around what is timed on a stream.
class Stopwatch {
public:
    /// `untimed`: only the end is marked, and no time is known.
    Stopwatch(const Runtime& runtime, EventKind kind);
    ~Stopwatch();
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    void begin(StreamHandle stream) const
    {
        if (begin_ != nullptr) {
            runtime_.record(begin_, stream);
        }
    }
    void end(StreamHandle stream) const { runtime_.record(end_, stream); }
    /// False while the end has not been reached. Throws BackendError.
    bool reached() const { return runtime_.reached(end_); }
    std::optional<double> seconds() const;

private:
    const Runtime& runtime_;
    EventHandle begin_ = nullptr;
    EventHandle end_ = nullptr;
};

}  // namespace plumbline::device
