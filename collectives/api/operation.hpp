// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace plumbline {

/// What is asked of an operation that goes on beside this rank's compute.
class OverlapControl {
public:
    /// A test call, between start() and finish(): lets the library move the operation on and never blocks. True once it
    /// is known to be done; false too where operations move by themselves. Allocates nothing.
    virtual bool test() = 0;
    /// After finish(): when it was done, on the backend's clock, where that is known better than by looking.
    virtual std::optional<double> done_at_s() const { return std::nullopt; }

protected:
    ~OverlapControl() = default;
};

/// The device's own clock.
class DeviceTimer {
public:
    /// Of the last execution; nothing where it was told not to measure. Ask outside of what is timed.
    virtual std::optional<double> seconds() const = 0;

protected:
    ~DeviceTimer() = default;
};

/// An operation with everything looked up beforehand: start() and finish() are all that is timed.
/// finish() returns when this rank's part is done and its buffers may be used again. Neither allocates.
class Operation {
public:
    Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;
    virtual ~Operation() = default;
    virtual void start() = 0;
    virtual void finish() = 0;

    /// Null where nothing can be asked between start() and finish(). Look it up when the operation is prepared.
    virtual OverlapControl* overlap() { return nullptr; }
    /// Null where no device times it.
    virtual const DeviceTimer* device_timer() const { return nullptr; }
};

}  // namespace plumbline
