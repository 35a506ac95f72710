// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend_info.hpp"
#include "collectives/api/communicator.hpp"
#include "results/records/run_metadata.hpp"
#include "scenarios/model/scenario.hpp"

#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// Where the ranks of this launch run. `hosts` and `places` are set on rank 0 only, `topology` on every rank.
struct LaunchTopology {
    Topology topology;
    std::vector<std::string> hosts;
    std::vector<RankLocation> places;
};

/// Collective over world: the hosts in order of their first rank, and the cores that each rank may use. `host`: the
/// name of this rank's host.
LaunchTopology discover_topology(Communicator& world, const std::string& host);

/// The same for simulated ranks: `ranks_per_node` on each of the hosts sim0, sim1, ...
LaunchTopology simulated_ranks(int ranks, int ranks_per_node);

/// Variables of the environment that change what is measured and hold no secrets (a fixed list of names and prefixes).
std::vector<std::pair<std::string, std::string>> chosen_variables();

/// Compiler, kernel and processor of this process' host.
Facts host_facts();

}  // namespace plumbline
