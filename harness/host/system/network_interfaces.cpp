// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/network_interfaces.hpp"

#include "harness/host/system/system_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <system_error>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

std::string speed_of(const fs::path& interface)
{
    std::ifstream in(interface / "speed");  // fails to read where the link is down
    long megabits = 0;
    if (!(in >> megabits) || megabits <= 0) {
        return "";
    }
    constexpr long thousand = 1000;
    return megabits % thousand == 0 ? fmt::format("{} Gb/s", megabits / thousand) : fmt::format("{} Mb/s", megabits);
}

std::string operating_state_of(const fs::path& interface)
{
    std::string state = first_line_of(interface / "operstate");
    std::ranges::transform(state, state.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return state == "UNKNOWN" ? "" : state;
}

int mtu_of(const fs::path& interface)
{
    std::ifstream in(interface / "mtu");
    int bytes = 0;
    return in >> bytes && bytes > 0 ? bytes : 0;
}

}  // namespace

std::vector<NetworkInterface> network_interfaces(const fs::path& root)
{
    std::vector<NetworkInterface> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root / "sys/class/net", error)) {
        std::error_code none;
        if (fs::exists(entry.path() / "device", none)) {
            found.push_back({.name = entry.path().filename().string(),
                             .rate = speed_of(entry.path()),
                             .state = operating_state_of(entry.path()),
                             .mtu = mtu_of(entry.path())});
        }
    }
    std::ranges::sort(found, {}, &NetworkInterface::name);
    return found;
}

}  // namespace plumbline
