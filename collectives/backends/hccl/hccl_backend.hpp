// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"
#include "collectives/backends/device/start.hpp"
#include "collectives/backends/hccl/libraries.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/backends/host/host_compute.hpp"

#include <memory>
#include <string>

namespace plumbline::hccl {

/// HCCL on device memory. Must outlive its groups.
class HcclBackend final : public Backend {
public:
    /// Collective over setup.world. Throws ConfigError, the same on all ranks.
    explicit HcclBackend(const BackendSetup& setup);

    const BackendInfo& info() const override { return info_; }
    const Clock& clock() const override { return clock_; }
    std::unique_ptr<Group> make_group(Communicator& members) override;

private:
    BackendInfo describe() const;

    std::unique_ptr<Libraries> libraries_;
    device::Timing timing_;
    device::Device device_;
    BackendInfo info_;
    HostClock clock_;
    HostCompute compute_;
};

/// Whether the libraries and a device are here.
Availability find_libraries(const std::string& library);

}  // namespace plumbline::hccl
