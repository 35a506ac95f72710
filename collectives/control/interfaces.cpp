// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

namespace plumbline::control {

namespace {

constexpr std::size_t most_addresses = 16;

std::optional<std::string> numeric_text(const sockaddr& address)
{
    const socklen_t size = address.sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(&address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0) {
        return std::nullopt;
    }
    return text.data();
}

bool is_link_local(const sockaddr& address)
{
    if (address.sa_family == AF_INET) {
        sockaddr_in v4{};
        std::memcpy(&v4, &address, sizeof v4);
        constexpr std::uint32_t prefix = 0xa9fe0000;  // 169.254.0.0/16
        return (ntohl(v4.sin_addr.s_addr) & 0xffff0000U) == prefix;
    }
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr);
}

}  // namespace

std::vector<InterfaceAddress> own_interfaces()
{
    std::vector<InterfaceAddress> addresses;
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) {
        return addresses;
    }
    for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
        const bool usable = entry->ifa_addr != nullptr && (entry->ifa_flags & IFF_UP) != 0 &&
                            (entry->ifa_addr->sa_family == AF_INET || entry->ifa_addr->sa_family == AF_INET6) &&
                            !is_link_local(*entry->ifa_addr);
        const auto text = usable ? numeric_text(*entry->ifa_addr) : std::nullopt;
        if (text && addresses.size() < most_addresses) {
            addresses.push_back({entry->ifa_name, *text, (entry->ifa_flags & IFF_LOOPBACK) != 0});
        }
    }
    ::freeifaddrs(list);
    return addresses;
}

}  // namespace plumbline::control
