// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/host/host_probe.hpp"
#include "results/records/machine_state.hpp"
#include "scenarios/model/scenario.hpp"

#include <chrono>
#include <cstddef>

namespace plumbline {

/// Probes the hosts around the slots of a plan. On every rank of the launch or on none.
class HostMonitor {
public:
    /// Collective over world; refers to what it is given. `position` is that of the first slot.
    HostMonitor(Communicator& world, const Topology& topology) : world_(world), prober_(world, topology) {}

    /// Collective over world, in some 10 ms: everything about the hosts, on rank 0. `position`: of the slot that comes
    /// next in the launch.
    HostProbe probe(int position);

    /// Collective over world: the state of the machine before and after a slot that `members` ranks measured, on rank
    /// 0. Call it after each such slot.
    SnapshotPair snapshot_after(std::size_t members);

    /// Whether the last probe is so long ago that another takes a small share of a run of short rounds.
    bool is_due() const;

private:
    Communicator& world_;
    HostProber prober_;
    HostSnapshot last_;  ///< on rank 0
    std::chrono::steady_clock::time_point probed_;
};

}  // namespace plumbline
