// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/host/container_limits.hpp"
#include "harness/host/system/network_interfaces.hpp"
#include "harness/host/system/pci_devices.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// Of /proc/self/limits; nothing: unlimited.
struct ProcessLimit {
    std::optional<std::uint64_t> soft;
    std::optional<std::uint64_t> hard;
    bool operator==(const ProcessLimit&) const = default;
};

/// What a node is made of and what it lets a process have, as /proc and /sys say. Empty or 0: not told.
struct NodeReading {
    std::string operating_system;  ///< "Debian GNU/Linux 12 (bookworm)"
    std::string kernel;            ///< "6.1.0-18-amd64"
    std::string processor;         ///< "AMD EPYC 9654 96-Core Processor"
    int processors = 0;            ///< online
    int threads_per_core = 0;      ///< those of them that share the first core
    int numa_nodes = 0;
    bool numa_balancing = false;           ///< the kernel moves pages between NUMA nodes by itself
    std::map<std::string, int> governors;  ///< processors of each, "performance": 192
    std::uint64_t most_khz = 0;            ///< the highest frequency that any processor may take
    int capped_processors = 0;             ///< those whose highest frequency was set below what they can do
    std::string turbo;                     ///< "on", "off"
    std::string huge_pages;                ///< transparent ones: "always", "madvise", "never"
    std::string clock_source;              ///< "tsc"
    std::uint64_t memory_bytes = 0;
    ContainerLimits limits;
    std::optional<ProcessLimit> locked_memory;  ///< bytes
    std::optional<ProcessLimit> open_files;
    std::optional<std::pair<int, int>> own_ports;  ///< first and last that the kernel hands out
    std::vector<NetworkInterface> interfaces;
    std::vector<RdmaPort> rdma;
    std::vector<Accelerator> accelerators;
    std::string accelerator_driver;  ///< "nvidia 550.54.15"
    bool peer_memory = false;        ///< nvidia_peermem is loaded
};

/// Of this node. `root`: where /proc, /sys, /dev and /etc lie.
NodeReading read_node(const std::filesystem::path& root = "/");

/// The flags of the first processor in /proc/cpuinfo, "fpu vme ..."; "" where there are none.
std::string processor_flags(const std::filesystem::path& root);

/// How many numbers "0-3,8" lists; 0 for what is no list.
int count_in_list(const std::string& list);

}  // namespace plumbline
