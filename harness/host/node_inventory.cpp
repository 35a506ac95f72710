// SPDX-License-Identifier: Apache-2.0
#include "harness/host/node_inventory.hpp"

#include "harness/host/node_reading.hpp"
#include "harness/host/system/ethernet_firmware.hpp"
#include "harness/host/system/link_neighbours.hpp"
#include "harness/host/system/managed_devices.hpp"
#include "harness/host/system/pci_names.hpp"
#include "harness/host/system/system_file.hpp"
#include "results/machines/switch_plan.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

constexpr double gibibyte = 1024.0 * 1024 * 1024;

bool is_there(const fs::path& file)
{
    std::error_code error;
    return fs::exists(file, error);
}

/// Whether one processor's flags have `flag`.
bool has_flag(const std::string& flags, std::string_view flag)
{
    const std::string padded = " " + flags + " ";
    return padded.find(fmt::format(" {} ", flag)) != std::string::npos;
}

/// "HPE ProLiant XD685", as the firmware tells; without what manufacturers leave as they got it.
std::string system_of(const fs::path& root)
{
    const fs::path folder = root / "sys/class/dmi/id";
    const auto told = [&](const char* file) {
        std::string text = first_line_of(folder / file);
        const bool unset = text.starts_with("To Be Filled") || text.starts_with("Default string") ||
                           text == "System manufacturer" || text == "System Product Name" || text == "Not Specified";
        return unset ? std::string() : text;
    };
    const std::string vendor = told("sys_vendor");
    const std::string product = told("product_name");
    return vendor.empty() || product.empty() || product.starts_with(vendor) ? vendor.empty()    ? product
                                                                              : product.empty() ? vendor
                                                                                                : product
                                                                            : vendor + " " + product;
}

/// What a guest was told to keep from its host: told by devices and flags that a guest alone has.
std::string confidential_computing_of(const fs::path& root, const std::string& flags)
{
    if (has_flag(flags, "tdx_guest") || is_there(root / "dev/tdx_guest") || is_there(root / "dev/tdx-guest")) {
        return "TDX";
    }
    if (is_there(root / "dev/sev-guest")) {
        return "SEV-SNP";
    }
    return is_there(root / "sys/devices/platform/arm-cca-dev") ? "Arm CCA" : "";
}

/// By the marks that each kind leaves.
std::string container_of(const fs::path& root)
{
    struct Mark {
        const char* file;
        std::string_view name;
    };
    constexpr std::array marks{Mark{"run/.containerenv", "Podman"}, Mark{".dockerenv", "Docker"},
                               Mark{".singularity.d", "Apptainer"}, Mark{"run/secrets/kubernetes.io", "Kubernetes"}};
    std::string found;
    for (const Mark& mark : marks) {
        if (is_there(root / mark.file)) {
            found += (found.empty() ? "" : ", ") + std::string(mark.name);
        }
    }
    const std::string group = first_line_of(root / "proc/1/cgroup");
    if (group.find("kubepods") != std::string::npos && found.find("Kubernetes") == std::string::npos) {
        found += (found.empty() ? "" : ", ") + std::string("Kubernetes");
    }
    return found;
}

std::string governors_of(const NodeReading& node)
{
    std::string all;
    for (const auto& [governor, processors] : node.governors) {
        all += fmt::format("{}{}", all.empty() ? "" : ", ", governor);
        all += node.governors.size() > 1 ? fmt::format(" ({})", processors) : "";
    }
    return all;
}

/// The driver that holds a device: the name of what its link leads to.
std::string driver_of(const fs::path& device)
{
    std::error_code error;
    const fs::path target = fs::read_symlink(device / "driver", error);
    return error ? "" : target.filename().string();
}

/// The value after "Model:" in what NVIDIA's driver says of a device.
std::string told_by_driver(const fs::path& root, const std::string& address, std::string_view about)
{
    std::ifstream in(root / "proc/driver/nvidia/gpus" / address / "information");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(about) && line.size() > about.size() && line[about.size()] == ':') {
            const std::size_t begin = line.find_first_not_of(" \t", about.size() + 1);
            const std::string value = begin == std::string::npos ? "" : line.substr(begin);
            return value.find("??") == std::string::npos ? value : "";
        }
    }
    return "";
}

std::string first_told(std::initializer_list<std::string> texts)
{
    for (const std::string& text : texts) {
        if (!text.empty()) {
            return text;
        }
    }
    return "";
}

InstalledDevice device_of(const Accelerator& found, const NodeReading& node, const PciNames& names,
                          const fs::path& root)
{
    const fs::path device = root / "sys/bus/pci/devices" / found.address;
    InstalledDevice installed;
    installed.address = found.address;
    installed.path = found.place.path;
    installed.numa_node = found.place.numa_node;
    installed.model = first_told({told_by_driver(root, found.address, "Model"), first_line_of(device / "product_name"),
                                  names.of(device), found.model});
    installed.uuid = first_told({told_by_driver(root, found.address, "GPU UUID"), first_line_of(device / "unique_id")});
    installed.serial = first_line_of(device / "serial_number");
    installed.firmware =
        first_told({told_by_driver(root, found.address, "Video BIOS"), first_line_of(device / "vbios_version")});
    installed.driver = node.accelerator_driver.empty() ? driver_of(device) : node.accelerator_driver;
    return installed;
}

std::vector<InstalledDevice> devices_of(const NodeReading& node, const PciNames& names, const fs::path& root,
                                        const SystemAnswers& answers)
{
    std::vector<InstalledDevice> devices;
    for (const Accelerator& found : node.accelerators) {
        devices.push_back(device_of(found, node, names, root));
    }
    if (!answers.nvml.empty()) {
        ask_nvml(devices, answers.nvml);
    }
    return devices;
}

/// The folders that /sys/class/net lists for a PCI device.
std::vector<std::string> interfaces_below(const fs::path& device)
{
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(device / "net", error)) {
        names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
}

std::string neighbour_of(const std::vector<std::string>& interfaces, const fs::path& root, const SystemAnswers& answers)
{
    for (const std::string& interface : interfaces) {
        if (const auto known = answers.neighbours.find(interface); known != answers.neighbours.end()) {
            return neighbour_text(known->second);
        }
        if (const std::string told = lldp_neighbour(interface, root); !told.empty()) {
            return told;
        }
    }
    return "";
}

std::vector<InstalledPort> ports_of(const NodeReading& node, const PciNames& names, const fs::path& root,
                                    const SystemAnswers& answers)
{
    std::vector<InstalledPort> ports;
    std::vector<std::string> taken;  // interfaces of RDMA devices
    for (const RdmaPort& found : node.rdma) {
        const fs::path device = root / "sys/class/infiniband" / found.device / "device";
        const auto interfaces = interfaces_below(device);
        taken.insert(taken.end(), interfaces.begin(), interfaces.end());
        const std::string model = names.of(device);
        ports.push_back({.name = fmt::format("{} port {}", found.device, found.port),
                         .model = model.empty()         ? found.board
                                  : found.board.empty() ? model
                                                        : fmt::format("{} ({})", model, found.board),
                         .rate = found.rate,
                         .layer = found.layer,
                         .state = found.state,
                         .firmware = found.firmware,
                         .driver = driver_of(device),
                         .path = found.place.path,
                         .numa_node = found.place.numa_node,
                         .neighbour = neighbour_of(interfaces, root, answers)});
    }
    for (const NetworkInterface& interface : node.interfaces) {
        if (std::ranges::find(taken, interface.name) != taken.end()) {
            continue;
        }
        const fs::path device = root / "sys/class/net" / interface.name / "device";
        const PciPlace place = pci_place(device);
        ports.push_back({.name = interface.name,
                         .model = names.of(device),
                         .rate = interface.rate,
                         .layer = "Ethernet",
                         .state = interface.state == "UNKNOWN" ? "" : interface.state,
                         .firmware = answers.firmware_of ? answers.firmware_of(interface.name) : "",
                         .driver = driver_of(device),
                         .path = place.path,
                         .numa_node = place.numa_node,
                         .neighbour = neighbour_of({interface.name}, root, answers)});
    }
    return ports;
}

/// Of the places where Slurm keeps it, the last one of nodes that get their configuration from the controller.
std::string planned_switch(const fs::path& root)
{
    const std::string host = first_line_of(root / "proc/sys/kernel/hostname");
    const std::string node = host.substr(0, host.find('.'));
    for (const char* const folder : {"etc/slurm", "etc/slurm-llnl", "run/slurm/conf"}) {
        std::ifstream in(root / folder / "topology.conf");
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        if (const std::string found = switch_of_node(text, node); !found.empty()) {
            return found;
        }
    }
    return "";
}

/// The switch next to the node: of "spine.leaf7.node3" the last but one, else what Slurm's plan says, else the
/// neighbour of the first port that has one.
std::string leaf_of(std::string_view path, const std::vector<InstalledPort>& ports, const fs::path& root)
{
    if (const std::size_t last = path.rfind('.'); last != std::string_view::npos) {
        const std::string_view above = path.substr(0, last);
        const std::size_t dot = above.rfind('.');
        return text::printable(above.substr(dot == std::string_view::npos ? 0 : dot + 1));
    }
    if (const std::string planned = planned_switch(root); !planned.empty()) {
        return planned;
    }
    for (const InstalledPort& port : ports) {
        if (!port.neighbour.empty()) {
            return port.neighbour.substr(0, port.neighbour.find(' '));
        }
    }
    return "";
}

}  // namespace

SystemAnswers ask_system()
{
    return {.nvml = "libnvidia-ml.so.1", .firmware_of = ethernet_firmware, .neighbours = ask_lldpd()};
}

NodeInventory take_inventory(const fs::path& root, std::string_view leaf_path, const SystemAnswers& answers)
{
    const NodeReading node = read_node(root);
    const PciNames names(root);
    const std::string flags = processor_flags(root);
    NodeInventory found;
    const auto tell = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            found.properties.emplace_back(name, text::printable(value));
        }
    };
    const auto count = [](int number) { return number > 0 ? std::to_string(number) : std::string(); };
    tell("system", system_of(root));
    tell("processor", node.processor);
    tell("processors", count(node.processors));
    tell("threads_per_core", count(node.threads_per_core));
    tell("numa_nodes", count(node.numa_nodes));
    tell("memory",
         node.memory_bytes > 0 ? fmt::format("{:.0f} GiB", static_cast<double>(node.memory_bytes) / gibibyte) : "");
    tell("operating_system", node.operating_system);
    tell("kernel", node.kernel);
    tell("clock_source", node.clock_source);
    tell("governor", governors_of(node));
    tell("virtualisation", has_flag(flags, "hypervisor") ? "yes" : "");
    tell("container", container_of(root));
    tell("confidential_computing", confidential_computing_of(root, flags));
    tell("device_driver", node.accelerator_driver);
    found.devices = devices_of(node, names, root, answers);
    found.ports = ports_of(node, names, root, answers);
    found.leaf = leaf_of(leaf_path, found.ports, root);
    return found;
}

}  // namespace plumbline
