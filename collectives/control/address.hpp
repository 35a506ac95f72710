// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace plumbline::control {

/// An address of IPv4 (in its IPv6 form, ::ffff:a.b.c.d) or IPv6, and a port.
struct Address {
    std::array<std::uint8_t, 16> ip{};
    std::uint16_t port = 0;
    std::uint32_t scope = 0;  ///< the interface of a link-local IPv6 address; means nothing on another host

    bool is_ipv4() const;
    /// 127.0.0.0/8 or ::1.
    bool is_loopback() const;
    /// "10.0.0.3:29500", "[fe80::1]:29500".
    std::string text() const;
    bool operator==(const Address&) const = default;
};

/// All addresses of a host name or of a literal address ("10.0.0.3", "::1", "[::1]"), best first. Where there are none,
/// `why_not` says why ("Name or service not known"). Blocks as long as the resolver does.
std::vector<Address> resolve(const std::string& host, std::uint16_t port, std::string& why_not);

/// Whether `host` can mean this machine alone: "localhost" or a literal loopback address.
bool names_loopback(const std::string& host);

/// "node1:29500", "[::1]:29500".
std::string host_and_port(const std::string& host, int port);

}  // namespace plumbline::control
