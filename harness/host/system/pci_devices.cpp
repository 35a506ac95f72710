// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/pci_devices.hpp"

#include "harness/host/system/system_file.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// The folders and links in a folder, by name.
std::vector<fs::path> entries_of(const fs::path& folder)
{
    std::vector<fs::path> entries;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        entries.push_back(entry.path());
    }
    std::ranges::sort(entries);
    return entries;
}

/// "4: ACTIVE" without its number.
std::string state_word(const std::string& text)
{
    const std::size_t colon = text.find(": ");
    return colon == std::string::npos ? text : text.substr(colon + 2);
}

struct Vendor {
    std::string_view id;
    std::string_view name;
};
constexpr std::array vendors{Vendor{"0x10de", "nvidia"}, Vendor{"0x1002", "amd"}, Vendor{"0x19e5", "huawei"},
                             Vendor{"0x1da3", "habana"}, Vendor{"0x8086", "intel"}};

/// The name of its vendor where a device is an accelerator: of class display (3D controllers, and any of NVIDIA's) or
/// processing accelerator, of a vendor whose accelerators are used so.
std::optional<std::string_view> accelerator_vendor(const std::string& vendor, const std::string& kind)
{
    const auto known = std::ranges::find(vendors, vendor, &Vendor::id);
    if (known == vendors.end()) {
        return std::nullopt;
    }
    const bool three_d = kind.starts_with("0x0302");
    const bool display = kind.starts_with("0x0300") && known->name == "nvidia";
    const bool other_display = kind.starts_with("0x0380") && known->name != "intel";
    const bool processing = kind.starts_with("0x1200");
    return three_d || display || other_display || processing ? std::optional(known->name) : std::nullopt;
}

/// A link has up to 32 lanes; the kernel writes 63 or 255 where the device tells nothing.
int lanes_in(const fs::path& file)
{
    constexpr int most = 32;
    std::ifstream in(file);
    int lanes = 0;
    return in >> lanes && lanes > 0 && lanes <= most ? lanes : 0;
}

/// The folders on the way that two paths have in common.
std::size_t common_folders(const std::string& one, const std::string& other)
{
    const fs::path a(one);
    const fs::path b(other);
    const auto split = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    return static_cast<std::size_t>(std::distance(a.begin(), split.first));
}

}  // namespace

PciPlace pci_place(const fs::path& device)
{
    PciPlace place;
    std::error_code error;
    const std::string path = fs::canonical(device, error).string();
    const std::size_t at = path.find("/devices/pci");
    place.path = error || at == std::string::npos ? "" : path.substr(at);
    std::ifstream in(device / "numa_node");
    in >> place.numa_node;
    place.numa_node = in ? place.numa_node : -1;
    place.lanes = lanes_in(device / "current_link_width");
    place.most_lanes = lanes_in(device / "max_link_width");
    return place;
}

std::vector<RdmaPort> rdma_ports(const fs::path& root)
{
    std::vector<RdmaPort> found;
    for (const fs::path& device : entries_of(root / "sys/class/infiniband")) {
        for (const fs::path& port : entries_of(device / "ports")) {
            const std::string number = port.filename().string();
            if (number.empty() || number.size() > 3 || number.find_first_not_of("0123456789") != std::string::npos) {
                continue;
            }
            found.push_back({.device = device.filename().string(),
                             .port = std::stoi(number),
                             .firmware = first_line_of(device / "fw_ver"),
                             .board = first_line_of(device / "board_id"),
                             .state = state_word(first_line_of(port / "state")),
                             .rate = first_line_of(port / "rate"),
                             .layer = first_line_of(port / "link_layer"),
                             .place = pci_place(device / "device")});
        }
    }
    return found;
}

std::vector<Accelerator> accelerators(const fs::path& root)
{
    std::vector<Accelerator> found;
    for (const fs::path& device : entries_of(root / "sys/bus/pci/devices")) {
        if (const auto vendor = accelerator_vendor(first_line_of(device / "vendor"), first_line_of(device / "class"))) {
            found.push_back({.address = device.filename().string(),
                             .model = std::string(*vendor) + " " + first_line_of(device / "device"),
                             .place = pci_place(device)});
        }
    }
    return found;
}

Nearness nearness(const PciPlace& one, const PciPlace& other)
{
    // "/", "devices", "pci0000:00" are a root complex; what is below it is a bridge.
    constexpr std::size_t bridge = 4;
    if (!one.path.empty() && !other.path.empty() && common_folders(one.path, other.path) >= bridge) {
        return Nearness::same_switch;
    }
    if (one.numa_node < 0 || other.numa_node < 0) {
        return Nearness::unknown;
    }
    return one.numa_node == other.numa_node ? Nearness::same_numa : Nearness::other_numa;
}

std::optional<NearestPort> nearest_port(const PciPlace& place, std::span<const RdmaPort> ports)
{
    std::optional<NearestPort> best;
    std::size_t best_common = 0;
    for (std::size_t index = 0; index < ports.size(); ++index) {
        const Nearness how = nearness(place, ports[index].place);
        const std::size_t common = common_folders(place.path, ports[index].place.path);
        if (!best || how < best->nearness || (how == best->nearness && common > best_common)) {
            best = NearestPort{.index = index, .nearness = how};
            best_common = common;
        }
    }
    return best;
}

}  // namespace plumbline
