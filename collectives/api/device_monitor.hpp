// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/device_reading.hpp"

namespace plumbline {

/// What tells the state of this rank's device.
class DeviceMonitor {
public:
    /// Now. Takes some 100 us: outside of what is timed. What the device doesn't tell is absent; never an error.
    virtual DeviceReading read() const = 0;

protected:
    ~DeviceMonitor() = default;
};

}  // namespace plumbline
