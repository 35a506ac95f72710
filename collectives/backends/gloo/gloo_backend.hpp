// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_module.hpp"
#include "collectives/backends/gloo/settings.hpp"
#include "collectives/backends/host/host_clock.hpp"
#include "collectives/backends/host/host_compute.hpp"
#include "collectives/backends/host/host_gemm.hpp"

#include <gloo/transport/device.h>

#include <memory>
#include <string>

namespace plumbline::gloo_backend {

/// Gloo over TCP, on host memory. Must outlive its groups.
class GlooBackend final : public Backend, private AlgorithmSelection {
public:
    /// Collective over setup.world. Throws ConfigError, the same on all ranks.
    explicit GlooBackend(const BackendSetup& setup);

    const BackendInfo& info() const override { return info_; }
    std::string gemm_library() const override { return host_gemm_library(); }
    const Clock& clock() const override { return clock_; }
    std::unique_ptr<Group> make_group(Communicator& members) override;
    AlgorithmSelection* algorithm_selection() override { return this; }

private:
    AvailableAlgorithms available() const override;
    std::unique_ptr<Group> make_group(const AlgorithmChoice& choice, Communicator& members) override;
    std::unique_ptr<Group> make_group_with(const Settings& settings, Communicator& members);

    Settings settings_;
    int ranks_on_host_;
    HostClock clock_;
    HostCompute compute_;
    std::shared_ptr<::gloo::transport::Device> device_;
    BackendInfo info_;
};

/// "Gloo 0.5.0"
std::string library_version();

}  // namespace plumbline::gloo_backend
