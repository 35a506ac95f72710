// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace plumbline {

/// What a switch says of itself and its port on the other end of a link (LLDP, IEEE 802.1AB).
struct LinkNeighbour {
    std::string system;  ///< its name
    std::string port;    ///< the port's description, or its identifier
    bool operator==(const LinkNeighbour&) const = default;
};

/// "leaf07 Ethernet1/3".
std::string neighbour_text(const LinkNeighbour& neighbour);

/// By interface, of what `lldpcli -f json0 show neighbors` prints; empty for what it doesn't. Pure.
std::map<std::string, LinkNeighbour> parse_lldpcli(std::string_view json);

}  // namespace plumbline
