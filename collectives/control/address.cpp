// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/address.hpp"

#include "collectives/control/socket.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

namespace plumbline::control {

namespace {

constexpr std::array<std::uint8_t, 12> ipv4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string without_brackets(const std::string& host)
{
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    return bracketed ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

bool Address::is_ipv4() const
{
    return std::equal(ipv4_prefix.begin(), ipv4_prefix.end(), ip.begin());
}

bool Address::is_loopback() const
{
    constexpr std::array<std::uint8_t, 16> ipv6_loopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
    return is_ipv4() ? ip[12] == 127 : ip == ipv6_loopback;
}

std::string Address::text() const
{
    std::array<char, INET6_ADDRSTRLEN> shown{};
    if (is_ipv4()) {
        ::inet_ntop(AF_INET, ip.data() + 12, shown.data(), shown.size());
    } else {
        ::inet_ntop(AF_INET6, ip.data(), shown.data(), shown.size());
    }
    return host_and_port(shown.data(), port);
}

std::vector<Address> resolve(const std::string& host, std::uint16_t port, std::string& why_not)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(without_brackets(host).c_str(), nullptr, &hints, &found);
    if (error != 0 && host == "localhost") {
        // A system with no /etc/hosts doesn't know the name, which always means this (RFC 6761).
        return resolve("127.0.0.1", port, why_not);
    }
    if (error != 0) {
        why_not = ::gai_strerror(error);
        return {};
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    std::vector<Address> addresses;
    for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
        if (auto address = address_of(*entry->ai_addr)) {
            address->port = port;
            addresses.push_back(*address);
        }
    }
    why_not = addresses.empty() ? "it has neither an IPv4 nor an IPv6 address" : "";
    return addresses;
}

bool names_loopback(const std::string& host)
{
    const std::string name = without_brackets(host);
    std::array<std::uint8_t, 16> ip{};
    return name == "localhost" || name == "::1" ||
           (::inet_pton(AF_INET, name.c_str(), ip.data()) == 1 && ip.front() == 127);
}

std::string host_and_port(const std::string& host, int port)
{
    const std::string name = without_brackets(host);
    return name.find(':') == std::string::npos ? fmt::format("{}:{}", name, port) : fmt::format("[{}]:{}", name, port);
}

}  // namespace plumbline::control
