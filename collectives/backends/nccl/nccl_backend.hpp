// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"
#include "collectives/backends/device/start.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/backends/host/host_compute.hpp"
#include "collectives/backends/nccl/device_management.hpp"
#include "collectives/backends/nccl/libraries.hpp"
#include "collectives/backends/nccl/log_capture.hpp"
#include "collectives/backends/nccl/nccl_group.hpp"
#include "collectives/backends/nccl/payload_check.hpp"
#include "collectives/backends/nccl/settings.hpp"
#include "collectives/backends/nccl/vendor.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// NCCL, or RCCL, on device memory. Must outlive its groups.
class NcclBackend final : public Backend, private GroupSplitting {
public:
    /// Collective over setup.world. Throws ConfigError, the same on all ranks.
    NcclBackend(const Vendor& vendor, const BackendSetup& setup);

    const BackendInfo& info() const override { return info_; }
    std::string gemm_library() const override;
    Facts library_log() const override { return log_->facts(); }
    const DeviceMonitor* device_monitor() const override { return management_.get(); }
    const Clock& clock() const override { return clock_; }
    std::unique_ptr<Group> make_group(Communicator& members) override;
    GroupSplitting* group_splitting() override { return settings_.split_teams ? this : nullptr; }

private:
    std::unique_ptr<Group> split(Group& whole, Communicator* subgroup) override;
    GroupSetup group_setup() const;
    BackendInfo describe() const;
    Facts facts() const;
    void open_management();
    void open_check(const BackendSetup& setup);
    std::optional<std::string> useless_after(const std::string& objection) const;

    const Vendor& flavour_;
    Settings settings_;
    std::unique_ptr<Libraries> libraries_;
    device::Device device_;
    std::unique_ptr<DeviceManagement> management_;
    std::string management_missing_;
    std::unique_ptr<PayloadCheck> check_;
    std::string check_missing_;
    std::unique_ptr<LogCapture> log_;
    HostClock clock_;
    HostCompute compute_;
    BackendInfo info_;
};

/// Whether the libraries and a device are here.
Availability find_libraries(const Vendor& vendor, const std::string& library);

}  // namespace plumbline::nccl
