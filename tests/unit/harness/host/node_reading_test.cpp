// SPDX-License-Identifier: Apache-2.0
#include "harness/host/node_reading.hpp"

#include "tests/support/planted_tree.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

class NodeReadingTest : public PlantedTree {};

TEST_F(NodeReadingTest, has_what_proc_and_sys_say)
{
    write("etc/os-release", "NAME=x\nPRETTY_NAME=\"Rocky Linux 9.3 (Blue Onyx)\"\n");
    write("proc/sys/kernel/osrelease", "5.14.0-362.el9.x86_64\n");
    write("proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC 9654\n");
    write("sys/devices/system/cpu/online", "0-3,8\n");
    write("sys/devices/system/cpu/cpu0/topology/thread_siblings_list", "0,4\n");
    write("sys/devices/system/node/node0/cpulist", "0-3\n");
    write("sys/devices/system/node/node1/cpulist", "8\n");
    write("proc/sys/kernel/numa_balancing", "1\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n");
    write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", "3700000\n");
    write("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3700000\n");
    write("sys/devices/system/cpu/cpu1/cpufreq/scaling_max_freq", "2000000\n");
    write("sys/devices/system/cpu/cpu1/cpufreq/cpuinfo_max_freq", "3700000\n");
    write("sys/devices/system/cpu/cpufreq/boost", "1\n");  // no processor
    write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
    write("sys/class/net/eth0/device/vendor", "0x8086\n");
    write("sys/class/net/eth0/mtu", "9000\n");
    write("sys/class/net/eth0/speed", "25000\n");
    write("sys/class/net/eth0/operstate", "up\n");
    write("sys/class/net/docker0/mtu", "1500\n");  // no hardware
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
    write("proc/meminfo", "MemTotal:       1048576 kB\nMemFree: 1 kB\n");
    write("proc/self/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max open files            1024                 524288               files     \n"
          "Max locked memory         65536                unlimited            bytes     \n");
    write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n");
    write("sys/module/nvidia_peermem/version", "1\n");
    const NodeReading node = read_node(root_);
    EXPECT_EQ(node.operating_system, "Rocky Linux 9.3 (Blue Onyx)");
    EXPECT_EQ(node.kernel, "5.14.0-362.el9.x86_64");
    EXPECT_EQ(node.processor, "AMD EPYC 9654");
    EXPECT_EQ(node.processors, 5);
    EXPECT_EQ(node.threads_per_core, 2);
    EXPECT_EQ(node.numa_nodes, 2);
    EXPECT_TRUE(node.numa_balancing);
    EXPECT_EQ(node.governors, (std::map<std::string, int>{{"performance", 1}, {"powersave", 1}}));
    EXPECT_EQ(node.most_khz, 3'700'000U);
    EXPECT_EQ(node.capped_processors, 1);
    EXPECT_EQ(node.turbo, "on");
    EXPECT_EQ(node.huge_pages, "madvise");
    EXPECT_EQ(node.interfaces, (std::vector<NetworkInterface>{{"eth0", "25 Gb/s", "UP", 9000}}));
    EXPECT_EQ(node.clock_source, "hpet");
    EXPECT_EQ(node.memory_bytes, std::uint64_t{1} << 30U);
    EXPECT_EQ(node.open_files, (ProcessLimit{.soft = 1024, .hard = 524288}));
    EXPECT_EQ(node.locked_memory, (ProcessLimit{.soft = 65536, .hard = std::nullopt}));
    EXPECT_EQ(node.own_ports, std::pair(32768, 60999));
    EXPECT_EQ(node.accelerator_driver, "nvidia 550.54.15");
    EXPECT_TRUE(node.peer_memory);
}

TEST_F(NodeReadingTest, of_arm_names_implementer_and_part)
{
    write("proc/cpuinfo", "processor\t: 0\nCPU implementer\t: 0x48\nCPU part\t: 0xd01\n");
    EXPECT_EQ(read_node(root_).processor, "implementer 0x48 part 0xd01");
}

TEST_F(NodeReadingTest, knows_intels_switch_of_turbo_too)
{
    write("sys/devices/system/cpu/intel_pstate/no_turbo", "1\n");
    EXPECT_EQ(read_node(root_).turbo, "off");
    write("sys/devices/system/cpu/intel_pstate/no_turbo", "0\n");
    EXPECT_EQ(read_node(root_).turbo, "on");
}

TEST_F(NodeReadingTest, is_empty_where_nothing_is_told)
{
    const NodeReading node = read_node(root_);
    EXPECT_EQ(node.processors, 0);
    EXPECT_EQ(node.turbo, "");
    EXPECT_EQ(node.huge_pages, "");
    EXPECT_EQ(node.open_files, std::nullopt);
    EXPECT_EQ(node.own_ports, std::nullopt);
    EXPECT_TRUE(node.rdma.empty());
    EXPECT_TRUE(node.accelerators.empty());
}

TEST(CountInList, counts_numbers_of_ranges_and_nothing_else)
{
    EXPECT_EQ(count_in_list("0-3,8"), 5);
    EXPECT_EQ(count_in_list("7"), 1);
    EXPECT_EQ(count_in_list(""), 0);
    EXPECT_EQ(count_in_list("x"), 0);
    EXPECT_EQ(count_in_list("5-1"), 0);
    EXPECT_EQ(count_in_list("0-99999999999999"), 0);
}

}  // namespace
}  // namespace plumbline
