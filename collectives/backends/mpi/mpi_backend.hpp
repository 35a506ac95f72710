// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/kept_communicators.hpp"
#include "collectives/backends/host/host_gemm.hpp"
#include "collectives/backends/mpi/communicator_pool.hpp"
#include "collectives/backends/mpi/device_memory.hpp"
#include "collectives/backends/mpi/element_types.hpp"

#include <memory>
#include <string>

namespace plumbline::mpi {

/// The MPI library itself, on host memory, or on that of a device. Must outlive its groups, and not outlive the
/// session.
class MpiBackend final : public Backend, public KeptCommunicators, private AlgorithmSelection {
public:
    /// Collective over the launch. `max_count`: elements that one MPI call may be given. `memory`: null for the host's.
    MpiBackend(CommunicatorPool& data_plane, int ranks_on_host, int max_count,
               std::unique_ptr<DeviceMemory> memory = nullptr, const HostPlacement& placement = {});

    const BackendInfo& info() const override { return info_; }
    std::string gemm_library() const override { return memory_ == nullptr ? host_gemm_library() : std::string(); }
    const Clock& clock() const override { return *clock_; }
    std::unique_ptr<Group> make_group(Communicator& members) override;
    void renew() override { data_plane_.renew(); }
    AlgorithmSelection* algorithm_selection() override { return this; }

    const ElementTypes& types() const { return types_; }
    /// True where the library runs its ranks on a simulated cluster.
    bool simulated() const { return simulated_; }
    /// Where the buffers of its groups lie; null for the host's memory.
    const DeviceMemory* memory() const { return memory_.get(); }
    /// Of the buffers of its groups in the host's memory.
    const HostPlacement& placement() const { return placement_; }
    int ranks_on_host() const { return ranks_on_host_; }
    int max_count() const { return max_count_; }
    /// Of the fastest rank, so that all ranks do the same work; 0 if that could not be measured, or was not (on a
    /// simulator compute is no work).
    double compute_steps_per_s() const { return compute_steps_per_s_; }

private:
    AvailableAlgorithms available() const override;
    std::unique_ptr<Group> make_group(const AlgorithmChoice& choice, Communicator& members) override;

    CommunicatorPool& data_plane_;
    bool simulated_;
    std::unique_ptr<Clock> clock_;
    ElementTypes types_;
    int ranks_on_host_;
    int max_count_;
    double compute_steps_per_s_;
    std::unique_ptr<DeviceMemory> memory_;
    HostPlacement placement_;
    BackendInfo info_;
};

/// Collective over setup.world: a small exchange and a small sum of `backend`'s memory, since what MPI says of itself
/// may be no more than how it was built. Throws ConfigError, the same on all ranks, where they fail or give wrong data.
void require_exchange(MpiBackend& backend, const BackendSetup& setup);

/// Whether MPI says that it takes the memory of CUDA's devices: "yes", "no", "unknown".
std::string cuda_awareness();

}  // namespace plumbline::mpi
