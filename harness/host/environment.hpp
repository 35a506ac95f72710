// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_info.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/host/machine.hpp"
#include "results/records/run_metadata.hpp"
#include "scenarios/model/scenario.hpp"

#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// Where the ranks of this launch run. `topology` is set on every rank, the rest on rank 0 only.
struct LaunchTopology {
    Topology topology;
    std::vector<std::string> hosts;     ///< on rank 0; empty elsewhere
    std::vector<RankLocation> places;   ///< on rank 0; empty elsewhere
    std::vector<std::string> machines;  ///< of each host, format_inventory(); on rank 0, empty elsewhere
    std::vector<std::string> warnings;  ///< where names and machines disagree
};

/// Collective over world: the machines in order of their first rank, and the cores that each rank may use,
/// and what each machine is made of.
LaunchTopology discover_topology(Communicator& world, const MachineIdentity& machine);

/// The same for simulated rank `rank`: `ranks_per_node` on each of the hosts sim0, sim1, ...
LaunchTopology simulated_ranks(int rank, int ranks, int ranks_per_node);

/// Variables of the environment that change what is measured and hold no secrets (a fixed list of names
/// and prefixes); secrets in their values are hidden.
std::vector<std::pair<std::string, std::string>> chosen_variables();

/// Kernel and processor of this process' host.
Facts host_facts();

}  // namespace plumbline
