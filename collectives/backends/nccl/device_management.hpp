// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/device_monitor.hpp"
#include "collectives/backends/nccl/vendor.hpp"
#include "collectives/util/dynamic_library.hpp"

#include <cstddef>
#include <string>

namespace plumbline::nccl {

/// NVML: what a device says of its own state. Names and numbers are those of NVIDIA's public NVML reference (nvml.h).
class DeviceManagement final : public DeviceMonitor {
public:
    /// Throws ConfigError, BackendError. `beside`: a library whose folder is looked in first. `bus`: the PCI bus id of
    /// the device.
    DeviceManagement(const Vendor& vendor, const std::string& beside, const std::string& bus);
    ~DeviceManagement();
    DeviceManagement(const DeviceManagement&) = delete;
    DeviceManagement& operator=(const DeviceManagement&) = delete;

    bool is_fake() const { return library_.find("plumbline_fake") != nullptr; }
    std::string driver() const;
    DeviceReading read() const override;

private:
    using Handle = void*;
    using Init = int();
    using GetHandle = int(const char* bus, Handle* device);
    using GetUnsigned = int(Handle device, unsigned* value);
    using GetOfKind = int(Handle device, int kind, unsigned* value);
    using GetReasons = int(Handle device, unsigned long long* reasons);
    using GetEccErrors = int(Handle device, int type, int counter, unsigned long long* count);
    using GetLinkErrors = int(Handle device, unsigned link, int counter, unsigned long long* count);
    using GetText = int(char* text, unsigned length);

    double link_errors(unsigned link) const;

    DynamicLibrary library_;
    Init* shutdown_ = nullptr;
    GetText* driver_version_ = nullptr;
    GetOfKind* clock_info_ = nullptr;
    GetOfKind* temperature_ = nullptr;
    GetUnsigned* power_usage_ = nullptr;
    GetReasons* throttle_reasons_ = nullptr;
    GetEccErrors* ecc_errors_ = nullptr;
    GetOfKind* link_state_ = nullptr;        ///< by link number; null in older versions
    GetLinkErrors* link_counter_ = nullptr;  ///< null in older versions
    Handle device_ = nullptr;
};

}  // namespace plumbline::nccl
