// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/host/system/link_neighbours.hpp"
#include "results/machines/node_inventory.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace plumbline {

// The "{}" lets designated initialisers leave members out.
// NOLINTBEGIN(readability-redundant-member-init)

/// What libraries, drivers and daemons tell beside the files of the system. Empty: not asked.
struct SystemAnswers {
    std::string nvml{};                                                      ///< the library's name or path
    std::function<std::string(const std::string& interface)> firmware_of{};  ///< of an Ethernet interface
    std::map<std::string, LinkNeighbour> neighbours{};                       ///< by interface, as lldpd has them
};

// NOLINTEND(readability-redundant-member-init)

/// Of this node.
SystemAnswers ask_system();

/// What this node is made of, as files of the system tell any user (/proc, /sys, /etc, /run, the PCI database), and
/// `answers` beside them. Throws nothing for what is missing. `root`: where those folders lie. `leaf_path`: the
/// switches above the node, as Slurm's SLURM_TOPOLOGY_ADDR has them, "spine.leaf7.node3"; where it is empty, Slurm's
/// topology.conf is read, and else the neighbour of a port counts.
NodeInventory take_inventory(const std::filesystem::path& root = "/", std::string_view leaf_path = {},
                             const SystemAnswers& answers = {});

}  // namespace plumbline
