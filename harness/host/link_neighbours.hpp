// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// What a switch says of itself and its port on the other end of a link (LLDP, IEEE 802.1AB).
struct LinkNeighbour {
    std::string system;  ///< its name
    std::string port;    ///< the port's description, or its identifier
    bool operator==(const LinkNeighbour&) const = default;
};

/// Of an Ethernet frame; nothing where it is no frame of LLDP or names no system. Pure.
std::optional<LinkNeighbour> parse_lldp_frame(std::string_view frame);

/// "leaf07 Ethernet1/3", as systemd-networkd has it of the interface (/run/systemd/netif/lldp); "" where nothing is
/// told. `root`: where /run and /sys lie.
std::string lldp_neighbour(const std::string& interface, const std::filesystem::path& root);

}  // namespace plumbline
