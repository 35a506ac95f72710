// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/backends/host/host_clock.hpp"

#include <memory>

namespace plumbline::control {

/// Messages of the control plane as a backend, for bringing ranks to a common start where neither the measured library
/// nor MPI can: host memory, messages and a barrier, no collectives, never measured. Messages between two ranks keep
/// their order, whatever their tags.
class ControlBackend final : public Backend {
public:
    explicit ControlBackend(HostClock clock);

    const BackendInfo& info() const override { return info_; }
    const Clock& clock() const override { return clock_; }
    std::unique_ptr<Group> make_group(Communicator& members) override;

private:
    HostClock clock_;
    BackendInfo info_;
};

}  // namespace plumbline::control
