// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/machines/node_inventory.hpp"

#include <filesystem>
#include <string_view>

namespace plumbline {

/// What this node is made of, as files of the system tell any user: /proc, /sys, /etc, /run, the PCI database; and what
/// NVML adds where `root` is the system's own. Throws nothing for what is missing. `root`: where those folders lie.
/// `leaf_path`: the switches above the node, as Slurm's SLURM_TOPOLOGY_ADDR has them, "spine.leaf7.node3".
NodeInventory take_inventory(const std::filesystem::path& root = "/", std::string_view leaf_path = {});

}  // namespace plumbline
