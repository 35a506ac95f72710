// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace plumbline::device {

using StreamHandle = void*;
using EventHandle = void*;

/// The device that a rank works on.
struct Device {
    int number = 0;
    std::string name;
    std::string uuid;  ///< the vendor's own form; "" where it is not known
    std::string bus;   ///< "PCI 0000:3b:00.0"; "" where it is not known
};

enum class EventKind { timed, untimed };

/// A vendor's runtime of its devices. Each call throws BackendError with the vendor's own name of the call, its code,
/// its words and the place; those that may not throw are for destructors.
class Runtime {
public:
    /// What the vendor calls the calls that others name in their errors.
    struct Names {
        const char* device_count;
        const char* set_device;
        const char* copy;  ///< within a device, on a stream
    };

    Runtime() = default;
    Runtime(const Runtime&) = delete;
    Runtime& operator=(const Runtime&) = delete;
    virtual ~Runtime() = default;

    virtual const Names& names() const = 0;
    virtual const std::string& path() const = 0;
    virtual bool is_fake() const = 0;

    virtual int device_count() const = 0;
    /// Of the calling thread.
    virtual void set_device(int number) const = 0;
    virtual Device describe(int number) const = 0;

    /// Plain memory of the device, never managed memory. Throws std::bad_alloc too. `bytes` > 0.
    virtual std::byte* allocate(std::uint64_t bytes) const = 0;
    virtual void release(std::byte* memory) const noexcept = 0;
    virtual std::uint64_t free_bytes() const = 0;
    /// These three are over when they return, for every stream.
    virtual void to_device(std::byte* to, std::span<const std::byte> from) const = 0;
    virtual void to_host(std::span<std::byte> to, const std::byte* from) const = 0;
    virtual void fill(std::byte* memory, std::byte value, std::uint64_t bytes) const = 0;
    /// Within the device, on a stream.
    virtual void copy(std::byte* to, const std::byte* from, std::uint64_t bytes, StreamHandle stream) const = 0;

    /// One that doesn't wait for the default stream.
    virtual StreamHandle create_stream() const = 0;
    virtual void destroy_stream(StreamHandle stream) const noexcept = 0;

    virtual EventHandle create_event(EventKind kind) const = 0;
    virtual void destroy_event(EventHandle event) const noexcept = 0;
    virtual void record(EventHandle event, StreamHandle stream) const = 0;
    virtual bool reached(EventHandle event) const = 0;
    /// Seconds by the device's clock, of two timed events that were reached.
    virtual double seconds_between(EventHandle begin, EventHandle end) const = 0;

    /// What errors are about from now on: "device 1 of host2".
    void set_place(std::string place) { place_ = std::move(place); }
    const std::string& place() const { return place_; }

private:
    std::string place_;
};

}  // namespace plumbline::device
