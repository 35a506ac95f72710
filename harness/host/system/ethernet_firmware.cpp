// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/ethernet_firmware.hpp"

#include "results/util/text.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>

namespace plumbline {

std::string firmware_said(std::string_view told)
{
    const std::string text = text::printable(told.substr(0, told.find_last_not_of(" \t\n") + 1));
    std::string lower;
    std::ranges::transform(text, std::back_inserter(lower),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::array<std::string_view, 5> nothing{"n/a", "na", "unknown", "none", "0"};
    return std::ranges::find(nothing, lower) == nothing.end() ? text : "";
}

std::string ethernet_firmware(const std::string& interface)
{
    ethtool_drvinfo driver{};
    ifreq request{};
    if (interface.empty() || interface.size() >= sizeof request.ifr_name) {
        return "";
    }
    const int any = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) {
        return "";
    }
    driver.cmd = ETHTOOL_GDRVINFO;
    std::ranges::copy(interface, std::begin(request.ifr_name));
    request.ifr_data = reinterpret_cast<char*>(&driver);
    const bool told = ::ioctl(any, SIOCETHTOOL, &request) == 0;
    ::close(any);
    const std::string_view version(std::begin(driver.fw_version), sizeof driver.fw_version);
    return told ? firmware_said(version.substr(0, version.find('\0'))) : "";
}

}  // namespace plumbline
