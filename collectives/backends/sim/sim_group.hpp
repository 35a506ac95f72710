// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/api/group.hpp"
#include "collectives/backends/sim/fabric.hpp"

#include <memory>

namespace plumbline::sim {

/// Local, never blocks: the group of `members`, of whom this rank is `world_rank` in the launch. Throws
/// std::runtime_error where the simulated cluster stopped.
std::unique_ptr<Group> make_sim_group(std::shared_ptr<Fabric> fabric, int world_rank, const Communicator& members);

}  // namespace plumbline::sim
