// SPDX-License-Identifier: Apache-2.0
#include "harness/host/node_reading.hpp"

#include "harness/host/system/system_file.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

namespace plumbline {

namespace {

namespace fs = std::filesystem;

/// What follows the first line that begins with `mark`, without blanks and quotes around it; "" where there is none.
std::string value_of(const fs::path& file, std::string_view mark)
{
    constexpr const char* blanks = " \t\":";
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(mark)) {
            line.erase(0, mark.size());
            line.erase(0, line.find_first_not_of(blanks));
            return line.substr(0, line.find_last_not_of(blanks) + 1);
        }
    }
    return "";
}

std::string processor_of(const fs::path& root)
{
    const fs::path file = root / "proc/cpuinfo";
    const std::string model = value_of(file, "model name");
    if (!model.empty()) {
        return model;
    }
    const std::string part = value_of(file, "CPU part");  // arm64 has numbers alone
    return part.empty() ? "" : "implementer " + value_of(file, "CPU implementer") + " part " + part;
}

/// Whole numbers after "cpu" or "node" of the folders in `folder`.
template <class Each>
void for_each_numbered(const fs::path& folder, std::string_view prefix, Each each)
{
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string name = entry.path().filename().string();
        if (name.starts_with(prefix) && name.size() > prefix.size() &&
            name.find_first_not_of("0123456789", prefix.size()) == std::string::npos) {
            each(entry.path());
        }
    }
}

/// "Max locked memory         65536                65536                bytes".
std::optional<ProcessLimit> limit_of(const fs::path& root, std::string_view name)
{
    std::istringstream columns(value_of(root / "proc/self/limits", name));
    std::string soft;
    std::string hard;
    if (!(columns >> soft >> hard)) {
        return std::nullopt;
    }
    const auto number = [](const std::string& text) -> std::optional<std::uint64_t> {
        std::istringstream in(text);
        std::uint64_t value = 0;
        return in >> value ? std::optional(value) : std::nullopt;  // "unlimited"
    };
    return ProcessLimit{.soft = number(soft), .hard = number(hard)};
}

std::uint64_t memory_of(const fs::path& root)
{
    constexpr std::uint64_t kilobyte = 1024;
    std::istringstream in(value_of(root / "proc/meminfo", "MemTotal"));
    std::uint64_t kilobytes = 0;
    return in >> kilobytes ? kilobytes * kilobyte : 0;
}

std::optional<std::pair<int, int>> own_ports_of(const fs::path& root)
{
    std::ifstream in(root / "proc/sys/net/ipv4/ip_local_port_range");
    std::pair<int, int> range;
    return in >> range.first >> range.second ? std::optional(range) : std::nullopt;
}

std::uint64_t number_in_file(const fs::path& file)
{
    std::ifstream in(file);
    std::uint64_t value = 0;
    return in >> value ? value : 0;
}

/// Intel's driver says what is off, the others what is on.
std::string turbo_of(const fs::path& processors)
{
    const std::string off = first_line_of(processors / "intel_pstate/no_turbo");
    const std::string on = off.empty() ? first_line_of(processors / "cpufreq/boost") : off == "0" ? "1" : "0";
    return on.empty() ? "" : on == "1" ? "on" : "off";
}

/// "always" of "[always] madvise never".
std::string chosen_in(const std::string& line)
{
    const std::size_t open = line.find('[');
    const std::size_t close = line.find(']', open == std::string::npos ? 0 : open);
    return open == std::string::npos || close == std::string::npos ? "" : line.substr(open + 1, close - open - 1);
}

/// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 ...".
std::string accelerator_driver_of(const fs::path& root)
{
    std::istringstream words(value_of(root / "proc/driver/nvidia/version", "NVRM version"));
    for (std::string word; words >> word;) {
        if (word.find('.') != std::string::npos && word.find_first_not_of("0123456789.") == std::string::npos) {
            return "nvidia " + word;
        }
    }
    for (const char* module : {"amdgpu", "davinci_manager", "habanalabs"}) {
        if (const std::string version = first_line_of(root / "sys/module" / module / "version"); !version.empty()) {
            return module + (" " + version);
        }
    }
    return "";
}

}  // namespace

std::string processor_flags(const fs::path& root)
{
    const fs::path file = root / "proc/cpuinfo";
    const std::string flags = value_of(file, "flags");
    return flags.empty() ? value_of(file, "Features") : flags;  // as arm64 calls them
}

int count_in_list(const std::string& list)
{
    int count = 0;
    std::istringstream ranges(list);
    for (std::string range; std::getline(ranges, range, ',');) {
        std::istringstream in(range);
        long first = 0;
        long last = 0;
        char dash = 0;
        if (!(in >> first)) {
            return 0;
        }
        last = in >> dash >> last ? last : first;
        constexpr long most = 1 << 20;
        if (first < 0 || last < first || last > most) {
            return 0;
        }
        count += static_cast<int>(last - first + 1);
    }
    return count;
}

NodeReading read_node(const fs::path& root)
{
    NodeReading node;
    const fs::path processors = root / "sys/devices/system/cpu";
    node.operating_system = value_of(root / "etc/os-release", "PRETTY_NAME=");
    node.kernel = first_line_of(root / "proc/sys/kernel/osrelease");
    node.processor = processor_of(root);
    node.processors = count_in_list(first_line_of(processors / "online"));
    node.threads_per_core = count_in_list(first_line_of(processors / "cpu0/topology/thread_siblings_list"));
    for_each_numbered(root / "sys/devices/system/node", "node", [&](const fs::path&) { ++node.numa_nodes; });
    node.numa_balancing = first_line_of(root / "proc/sys/kernel/numa_balancing") == "1";
    for_each_numbered(processors, "cpu", [&](const fs::path& processor) {
        if (const std::string governor = first_line_of(processor / "cpufreq/scaling_governor"); !governor.empty()) {
            ++node.governors[governor];
        }
        const std::uint64_t allowed_khz = number_in_file(processor / "cpufreq/scaling_max_freq");
        node.most_khz = std::max(node.most_khz, allowed_khz);
        node.capped_processors +=
            allowed_khz > 0 && allowed_khz < number_in_file(processor / "cpufreq/cpuinfo_max_freq") ? 1 : 0;
    });
    node.turbo = turbo_of(processors);
    node.huge_pages = chosen_in(first_line_of(root / "sys/kernel/mm/transparent_hugepage/enabled"));
    node.clock_source = first_line_of(root / "sys/devices/system/clocksource/clocksource0/current_clocksource");
    node.memory_bytes = memory_of(root);
    node.limits = container_limits(root);
    node.locked_memory = limit_of(root, "Max locked memory");
    node.open_files = limit_of(root, "Max open files");
    node.own_ports = own_ports_of(root);
    node.interfaces = network_interfaces(root);
    node.rdma = rdma_ports(root);
    node.accelerators = accelerators(root);
    node.accelerator_driver = accelerator_driver_of(root);
    std::error_code error;
    node.peer_memory = fs::exists(root / "sys/module/nvidia_peermem", error);
    return node;
}

}  // namespace plumbline
