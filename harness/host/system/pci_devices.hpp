// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// Where a device hangs in a node. Empty, or -1: not told.
struct PciPlace {
    std::string path;  ///< "/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
    int numa_node = -1;
    int lanes = 0;       ///< that its link has now; 0: not told
    int most_lanes = 0;  ///< that it could have
    bool operator==(const PciPlace&) const = default;
};

/// A port of an RDMA device (InfiniBand, RoCE).
struct RdmaPort {
    std::string device;  ///< "mlx5_0"
    int port = 1;
    std::string firmware;  ///< "28.39.1002"
    std::string board;     ///< "MT_0000000838"
    std::string state;     ///< "ACTIVE", "DOWN"
    std::string rate;      ///< "400 Gb/sec (4X NDR)"
    std::string layer;     ///< "InfiniBand", "Ethernet"
    PciPlace place;
};

/// A GPU or another accelerator on the PCI bus.
struct Accelerator {
    std::string address;  ///< "0000:17:00.0"
    std::string model;    ///< "nvidia 0x2330"
    PciPlace place;
};

/// In the order of their names. `root`: where /sys lies.
std::vector<RdmaPort> rdma_ports(const std::filesystem::path& root = "/");
/// In the order of their addresses.
std::vector<Accelerator> accelerators(const std::filesystem::path& root = "/");

/// Of a device, by its folder in /sys/bus/pci/devices or a link to it.
PciPlace pci_place(const std::filesystem::path& device);

/// How far a NIC is from a device.
enum class Nearness : unsigned char {
    same_switch,  ///< below one PCI bridge
    same_numa,    ///< of one NUMA node
    other_numa,   ///< between two: traffic crosses the sockets
    unknown,
};
Nearness nearness(const PciPlace& one, const PciPlace& other);

/// The device that is nearest to `place`, the first of several, as an index; nothing where there are none. Pure.
struct NearestPort {
    std::size_t index = 0;
    Nearness nearness = Nearness::unknown;
};
std::optional<NearestPort> nearest_port(const PciPlace& place, std::span<const RdmaPort> ports);

}  // namespace plumbline
