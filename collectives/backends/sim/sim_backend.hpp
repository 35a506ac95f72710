// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/backends/sim/cluster.hpp"

#include <functional>
#include <memory>
#include <string>

namespace plumbline::sim {

class Fabric;  ///< what the simulated ranks of one process share

/// Shared by the backends of all ranks of a simulated launch.
std::shared_ptr<Fabric> make_fabric(const Cluster& cluster, int ranks);

/// The simulated backend of one rank: virtual clock, real data movement in memory, exact times. The ranks are fibers
/// of one thread (fiber_group.hpp); a rank waits for the others as it would in a library. When one is destroyed by an
/// exception, the ranks that wait for it (or will) get std::runtime_error.
class SimBackend final : public Backend {
public:
    SimBackend(std::shared_ptr<Fabric> fabric, int world_rank);
    ~SimBackend() override;
    const BackendInfo& info() const override;
    const Clock& clock() const override;
    std::unique_ptr<Group> make_group(Communicator& members) override;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// run_as_fibers() with a simulated backend for each rank. What a rank throws reaches the ranks that wait for it in
/// the fabric as the same exception, so that the cause is what is rethrown here.
void run_simulated(const Cluster& cluster, int ranks, const std::function<void(Communicator&, SimBackend&)>& body);

}  // namespace plumbline::sim
