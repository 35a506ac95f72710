// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/host/core_to_core_latency.hpp"
#include "harness/host/l1_copy_probe.hpp"
#include "results/records/machine_state.hpp"
#include "scenarios/model/scenario.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// The index of a rank among those of its host, in rank order, and the rank that it exchanges probe messages with. The
/// ranks of a host are paired in order; the last of an odd number has no partner.
struct LocalPlace {
    int index = 0;
    std::optional<int> partner;
    bool operator==(const LocalPlace&) const = default;
};
std::vector<LocalPlace> pair_up(const Topology& topology);

/// What one rank measures of its core. NaN: not measured.
struct CoreReading {
    double cache_line_latency_s = 0;
    double l1_copy_s = 0;
};
/// In the order of the hosts: the median of the cache line latencies, for hosts that have any, and the slowest copy.
HostSnapshot by_host(std::span<const CoreReading> of_rank, const Topology& topology);

/// Probes the hosts between measurements. For real processes, since it reads the host's clock.
class HostProber {
public:
    /// Collective over world; refers to what it is given.
    HostProber(Communicator& world, const Topology& topology);

    /// Collective over world: the state of the machine, on rank 0; empty elsewhere. Takes some 0.3 ms. Call it when all
    /// ranks are ready: those that wait do so at full speed.
    HostSnapshot snapshot();

    /// Collective over world: all measurements of the hosts, on rank 0; without ranks elsewhere. Takes some 10 ms.
    HostProbe probe(int position);

private:
    Communicator& world_;
    const Topology& topology_;
    LocalPlace mine_;
    int turns_ = 0;  ///< number of turns in which one rank of each host probes alone
    std::unique_ptr<CoreToCoreProbe> line_;
    std::unique_ptr<L1CopyProbe> copy_;
};

}  // namespace plumbline
