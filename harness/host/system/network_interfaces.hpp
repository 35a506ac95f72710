// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace plumbline {

/// A network interface of a piece of hardware. Empty, or 0: not told.
struct NetworkInterface {
    std::string name;   ///< "eth0"
    std::string rate;   ///< "100 Gb/s"; "" where the link is down
    std::string state;  ///< "UP", "DOWN"
    int mtu = 0;        ///< bytes of the largest packet
    bool operator==(const NetworkInterface&) const = default;
};

/// By name; loopback, bridges and tunnels are no hardware. `root`: where /sys lies.
std::vector<NetworkInterface> network_interfaces(const std::filesystem::path& root = "/");

}  // namespace plumbline
