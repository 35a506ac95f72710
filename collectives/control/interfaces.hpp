// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace plumbline::control {

/// An address of one of this host's interfaces.
struct InterfaceAddress {
    std::string interface;  ///< "eth0"
    std::string ip;         ///< "10.0.0.7", "fd00::7"
    bool loopback = false;
    bool operator==(const InterfaceAddress&) const = default;
};

/// Of all interfaces that are up, IPv4 and IPv6, without link-local ones, which mean nothing elsewhere. At most 16.
std::vector<InterfaceAddress> own_interfaces();

}  // namespace plumbline::control
