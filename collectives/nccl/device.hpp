#pragma once

#include "collectives/backend.hpp"
#include "collectives/backend_module.hpp"
#include "collectives/nccl/libraries.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace plumbline::nccl {

/// The device that this rank works on.
struct Device {
    int number = 0;
    std::string name;
    std::string uuid;     ///< "GPU-5a000000-..."
    std::string pci_bus;  ///< "0000:3b:00.0"
};

/// Collective over setup.world: makes the device of this rank the process' current one. The node-local rank is its
/// number, or 0 where the launcher shows each rank one device. Throws ConfigError, the same on all ranks: too few
/// devices, two ranks on one device.
Device choose_device(const Runtime& runtime, const BackendSetup& setup);

/// Plain memory of the device; never managed memory.
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
};

/// Owns a stream that doesn't wait for the default one.
class Stream {
public:
    explicit Stream(const Runtime& runtime);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    cuda::Stream get() const { return stream_; }

private:
    const Runtime& runtime_;
    cuda::Stream stream_ = nullptr;
};

/// Two events around what is timed on a stream.
class Stopwatch {
public:
    /// `timed` false: only the end is marked, and no time is known.
    Stopwatch(const Runtime& runtime, bool timed);
    ~Stopwatch();
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;

    void begin(cuda::Stream stream) const
    {
        if (begin_ != nullptr) {
            runtime_.check(runtime_.event_record(begin_, stream), "cudaEventRecord");
        }
    }
    void end(cuda::Stream stream) const { runtime_.check(runtime_.event_record(end_, stream), "cudaEventRecord"); }
    /// False while the end has not been reached. Throws BackendError.
    bool reached() const
    {
        const cuda::Error code = runtime_.event_query(end_);
        if (code == cuda::not_ready) {
            return false;
        }
        runtime_.check(code, "cudaEventQuery");
        return true;
    }
    std::optional<double> seconds() const;

private:
    const Runtime& runtime_;
    cuda::Event begin_ = nullptr;
    cuda::Event end_ = nullptr;
};

}  // namespace plumbline::nccl
