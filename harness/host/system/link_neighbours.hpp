// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/machines/link_neighbour.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Of an Ethernet frame; nothing where it is no frame of LLDP or names no system. Pure.
std::optional<LinkNeighbour> parse_lldp_frame(std::string_view frame);

/// By interface, of this node's lldpd, where it runs and lets this user ask; two seconds at most. Never throws.
std::map<std::string, LinkNeighbour> ask_lldpd();

/// "leaf07 Ethernet1/3", as systemd-networkd has it of the interface (/run/systemd/netif/lldp); "" where nothing is
/// told. `root`: where /run and /sys lie.
std::string lldp_neighbour(const std::string& interface, const std::filesystem::path& root);

}  // namespace plumbline
