// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The machine as found: what each node is made of. What a node doesn't tell is empty, never guessed.
namespace plumbline {

// The "{}" lets designated initialisers leave members out.
// NOLINTBEGIN(readability-redundant-member-init)

/// A GPU or another accelerator.
struct InstalledDevice {
    std::string address{};           ///< on the PCI bus: "0000:17:00.0"
    std::string model{};             ///< "NVIDIA H200"; where the driver tells none, vendor and number: "nvidia 0x2335"
    std::string uuid{};              ///< or another identifier that its driver tells
    std::string serial{};            ///< serial number of the board
    std::string driver{};            ///< "nvidia 550.54.15"
    std::string firmware{};          ///< of the device: VBIOS and the like
    std::string error_correction{};  ///< "on", "off"
    std::string confidential{};      ///< its confidential-computing mode: "on", "off"
    std::string path{};              ///< where it hangs: "/devices/pci0000:00/0000:00:01.0/0000:17:00.0"
    int numa_node = -1;              ///< -1: not told
    bool operator==(const InstalledDevice&) const = default;
};

/// A port of a network card: RDMA, or an Ethernet interface that no RDMA port has.
struct InstalledPort {
    std::string name{};      ///< "mlx5_0 port 1", "eth0"
    std::string model{};     ///< "ConnectX-7", or its number on the PCI bus: "0x15b3 0x1021"
    std::string rate{};      ///< "400 Gb/s (4X NDR)"
    std::string layer{};     ///< "InfiniBand", "Ethernet"
    std::string state{};     ///< "ACTIVE", "DOWN"
    std::string firmware{};  ///< "28.39.1002"
    std::string driver{};    ///< "mlx5_core"
    std::string path{};      ///< as of a device; "" of what hangs on no PCI bus
    int numa_node = -1;
    std::string neighbour{};  ///< switch and its port, as LLDP tells: "leaf07 Ethernet1/3"
    bool operator==(const InstalledPort&) const = default;
};

// NOLINTEND(readability-redundant-member-init)

struct NodeInventory {
    /// What there is once a node, in the order of telling: "processor" -> "AMD EPYC 9654". See node_properties().
    std::vector<std::pair<std::string, std::string>> properties;
    std::vector<InstalledDevice> devices;
    std::vector<InstalledPort> ports;
    std::string leaf;  ///< the switch that the node hangs on, as the batch system's topology or LLDP tells
    bool operator==(const NodeInventory&) const = default;
};

/// Every property that a node may tell: its name, which files have, and what people read.
struct NodeProperty {
    std::string_view name;
    std::string_view title;  ///< a row of the catalogues
};
std::span<const NodeProperty> node_properties();
/// "" where the node doesn't tell it.
std::string property_of(const NodeInventory& node, std::string_view name);

/// As a file holds it, JSON; an empty text for an inventory of nothing.
std::string format_inventory(const NodeInventory& node);
/// Nothing for a text that isn't one. Members that this program doesn't know are left out.
std::optional<NodeInventory> parse_inventory(std::string_view json);

/// Without what tells one piece from others of its kind: UUIDs, serial numbers, neighbours, the leaf.
NodeInventory without_serials(NodeInventory node);

/// Nodes that are made of the same things; what has a number of its own (UUID) and the leaf don't count.
struct NodeGroup {
    std::vector<std::size_t> nodes;  ///< in order
    std::vector<Sentence> differences =
        {};  ///< from the first group: "firmware of mlx5_0 port 1: 28.38.1, others 28.39.1"
};
/// The largest group first, then in the order of their first nodes. Pure.
std::vector<NodeGroup> alike_nodes(std::span<const NodeInventory> nodes);

/// "63 of 64 nodes are alike. node17: firmware of mlx5_0 is 28.38.1, not 28.39.1": a sentence each, the first of all
/// nodes. `hosts`: their names.
std::vector<Sentence> differences_said(std::span<const NodeInventory> nodes, std::span<const std::string> hosts);

}  // namespace plumbline
