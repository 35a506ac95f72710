// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/node_state.hpp"

#include "harness/app/doctor/compare_nodes.hpp"
#include "harness/app/doctor/judge_node.hpp"
#include "tests/support/planted_tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace plumbline::app {
namespace {

/// The files of one planted node.
class NodeFiles {
public:
    explicit NodeFiles(std::filesystem::path root) : root_(std::move(root)) {}
    void write(const std::string& path, const std::string& text) const
    {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::ofstream(root_ / path) << text;
    }
    void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }
    /// A device on the PCI bus, where /sys/`link` leads to.
    void plug(const std::string& address, const std::string& vendor, const std::string& kind) const
    {
        const std::string at = "sys/devices/pci0000:00/" + address;
        write(at + "/vendor", vendor);
        write(at + "/device", "0x2335\n");
        write(at + "/class", kind);
        write(at + "/numa_node", "0\n");
        write(at + "/current_link_width", "16\n");
        write(at + "/max_link_width", "16\n");
        lead("sys/bus/pci/devices/" + address, at);
    }
    void lead(const std::string& path, const std::string& target) const
    {
        std::filesystem::create_directories((root_ / path).parent_path());
        std::filesystem::create_directory_symlink(root_ / target, root_ / path);
    }
    const std::filesystem::path& root() const { return root_; }

private:
    std::filesystem::path root_;
};

std::string limits(const std::string& memlock, const std::string& files)
{
    return "Limit                     Soft Limit           Hard Limit           Units     \n"
           "Max open files            " +
           files + "                 " + files + "               files     \n" + "Max locked memory         " +
           memlock + "                " + memlock + "            bytes     \n";
}

/// Two accelerators, an InfiniBand port, an Ethernet interface, NCCL with a plugin.
void plant_healthy(const NodeFiles& node)
{
    node.write("etc/os-release", "PRETTY_NAME=\"Rocky Linux 9.3\"\n");
    node.write("etc/ld.so.conf", "/opt/nccl\n");
    node.write("proc/sys/kernel/osrelease", "5.14.0-362.el9.x86_64\n");
    node.write("proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC 9654\n");
    node.write("proc/meminfo", "MemTotal:       527433728 kB\n");
    node.write("proc/self/limits", limits("unlimited", "65536"));
    node.write("proc/self/cgroup", "0::/job\n");
    node.write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n");
    node.write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5\n");
    const std::string cpu = "sys/devices/system/cpu/";
    node.write(cpu + "online", "0-7\n");
    node.write(cpu + "cpu0/topology/thread_siblings_list", "0\n");
    node.write(cpu + "cpu0/cpufreq/scaling_governor", "performance\n");
    node.write(cpu + "cpu0/cpufreq/scaling_max_freq", "3700000\n");
    node.write(cpu + "cpu0/cpufreq/cpuinfo_max_freq", "3700000\n");
    node.write(cpu + "cpufreq/boost", "1\n");
    node.write("sys/devices/system/node/node0/cpulist", "0-7\n");
    node.write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    node.write("sys/module/nvidia_peermem/version", "1\n");
    for (const char* address : {"0000:00:01.0", "0000:00:02.0"}) {
        node.plug(address, "0x10de\n", "0x030200\n");
    }
    node.plug("0000:00:03.0", "0x15b3\n", "0x020700\n");
    node.plug("0000:00:04.0", "0x8086\n", "0x020000\n");
    const std::string hca = "sys/class/infiniband/mlx5_0/";
    node.write(hca + "fw_ver", "28.39.1002\n");
    node.write(hca + "board_id", "MT_0000000838\n");
    node.write(hca + "ports/1/state", "4: ACTIVE\n");
    node.write(hca + "ports/1/rate", "400 Gb/sec (4X NDR)\n");
    node.write(hca + "ports/1/link_layer", "InfiniBand\n");
    node.lead(hca + "device", "sys/devices/pci0000:00/0000:00:03.0");
    node.write("sys/class/net/eth0/mtu", "9000\n");
    node.write("sys/class/net/eth0/speed", "25000\n");
    node.write("sys/class/net/eth0/operstate", "up\n");
    node.lead("sys/class/net/eth0/device", "sys/devices/pci0000:00/0000:00:04.0");
    node.write("opt/nccl/libnccl.so.2", "NCCL 2.28.9");
    node.write("opt/nccl/libnccl-net.so", "a plugin");
    node.write("usr/lib/libmpi.so.40", "Open MPI 5.0.7");
}

/// Node 3 of four differs, or both node 3 and node 4.
struct DifferenceRow {
    std::string what;
    std::vector<std::string> findings;  ///< "breaks memlock", the worst first
    std::string problem;                ///< part of the first one's
    std::string advice;                 ///< the same
    std::function<void(const NodeFiles&)> plant;
    std::function<void(NodeState&)> alter = {};
    bool on_two = false;
};

class DifferencesOfNodes : public PlantedTree {
protected:
    /// What node `host` says of itself to rank 0, having travelled there; `row`: in what it differs, null = in nothing.
    NodeReport examined(const std::string& host, const DifferenceRow* row) const
    {
        const NodeFiles files(root_ / (row == nullptr ? "healthy" : row->what) / host);
        plant_healthy(files);
        if (row != nullptr && row->plant) {
            row->plant(files);
        }
        NodeState state = found_on_node("", files.root());
        state.program = "0.1.0 (commit 0123456789ab)";
        state.variables = {{"NCCL_IB_HCA", "mlx5"}};
        state.backends = {{"nccl", "2.28.9", ""}};
        state.ranks = 2;
        state.world = 8;
        state.node.limits.shm_bytes = 0;  // of this test's disk
        if (row != nullptr && row->alter) {
            row->alter(state);
        }
        return decode_node_report(encode(judge_node(host, state))).value();
    }
    /// node1 to node4, planted alike.
    std::vector<NodeReport> healthy() const
    {
        std::vector<NodeReport> nodes;
        for (const char* host : {"node1", "node2", "node3", "node4"}) {
            nodes.push_back(examined(host, nullptr));
        }
        return nodes;
    }
};

TEST_F(DifferencesOfNodes, are_none_where_they_were_planted_alike)
{
    const auto nodes = healthy();
    EXPECT_THAT(compare_nodes(nodes), ::testing::IsEmpty());
    EXPECT_GT(nodes.at(0).facts.size(), 25U);
    EXPECT_EQ(group_alike(nodes).size(), 1U);
}

TEST_F(DifferencesOfNodes, are_found_and_say_what_to_do)
{
    const std::string hca = "sys/class/infiniband/mlx5_0/";
    const std::string cpu = "sys/devices/system/cpu/";
    const std::string gpu = "sys/devices/pci0000:00/0000:00:02.0/";
    const auto file = [](const std::string& path, const std::string& text) {
        return [=](const NodeFiles& node) { node.write(path, text); };
    };
    const auto gone = [](const std::string& path) { return [=](const NodeFiles& node) { node.remove(path); }; };
    const std::vector<DifferenceRow> rows{
        {"another NCCL",
         {"breaks library libnccl.so.2"},
         "on 3 of 4 nodes",
         "Install the same version",
         [](const NodeFiles& node) {
             node.write("opt/nccl/libnccl.so.2.26.2", "NCCL 2.26.2");
             node.remove("opt/nccl/libnccl.so.2");
             std::filesystem::create_symlink("libnccl.so.2.26.2", node.root() / "opt/nccl/libnccl.so.2");
         }},
        {"another build of NCCL",
         {"breaks library libnccl.so.2"},
         "(build ",
         "Install the same version",
         file("opt/nccl/libnccl.so.2", "NCCL 2.28.9, patched")},
        {"another MPI",
         {"disturbs library libmpi.so.40"},
         "on node3",
         "LD_LIBRARY_PATH",
         file("usr/lib/libmpi.so.40", "Open MPI 4.1.4")},
        {"a plugin on half of the nodes",
         {"breaks plugin libnccl-net.so"},
         "and missing on node[3-4]",
         "or none",
         gone("opt/nccl/libnccl-net.so"),
         nullptr,
         true},
        {"a plugin that others lack",
         {"breaks plugin libnccl-tuner.so"},
         "missing on 3 of 4 nodes",
         "or none",
         file("opt/nccl/libnccl-tuner.so", "a tuner")},
        {"another plumbline",
         {"breaks plumbline"},
         "0.2.0 on node3",
         "the same plumbline",
         nullptr,
         [](NodeState& s) { s.program = "0.2.0"; }},
        {"a backend that can't be used",
         {"disturbs backend nccl"},
         "not usable",
         "its library",
         nullptr,
         [](NodeState& s) { s.backends = {{"nccl", "", "no device"}}; }},
        {"a variable",
         {"disturbs variable NCCL_IB_HCA"},
         "^mlx5_3 on node3",
         "mpirun -x",
         nullptr,
         [](NodeState& s) { s.variables = {{"NCCL_IB_HCA", "^mlx5_3"}}; }},
        {"memlock",
         {"breaks memlock", "disturbs limit of locked memory"},
         "64 KiB",
         "memlock unlimited",
         file("proc/self/limits", limits("65536", "65536"))},
        {"few open files",
         {"breaks open files", "note limit of open files"},
         "64 files",
         "hard limit",
         file("proc/self/limits", limits("unlimited", "64"))},
        {"a quota of processors",
         {"disturbs processor quota", "disturbs limit of processors"},
         "1.5 processors",
         "2 processors",
         file("sys/fs/cgroup/job/cpu.max", "150000 100000\n")},
        {"a limit of memory",
         {"breaks memory", "disturbs limit of memory"},
         "256 MiB",
         "512 MiB",
         file("sys/fs/cgroup/job/memory.max", "268435456\n")},
        {"a slow clock",
         {"disturbs clock source", "disturbs clock source"},
         "hpet",
         "clocksource=tsc",
         file("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n")},
        {"a governor",
         {"disturbs governor", "disturbs governor"},
         "powersave",
         "cpupower",
         file(cpu + "cpu0/cpufreq/scaling_governor", "powersave\n")},
        {"a frequency limit",
         {"disturbs frequency limit", "disturbs frequency limit"},
         "below the frequency",
         "cpupower",
         file(cpu + "cpu0/cpufreq/scaling_max_freq", "2000000\n")},
        {"turbo", {"disturbs turbo"}, "off on node3", "turbo on all nodes", file(cpu + "cpufreq/boost", "0\n")},
        {"hyperthreads",
         {"disturbs processors", "note hyperthreads"},
         "2 hyperthreads a core on node3",
         "hyperthreads are off",
         file(cpu + "cpu0/topology/thread_siblings_list", "0,4\n")},
        {"a core that is off", {"disturbs processors"}, "7 online", "cores", file(cpu + "online", "0-6\n")},
        {"NUMA nodes",
         {"disturbs NUMA nodes"},
         "2 on node3",
         "firmware",
         file("sys/devices/system/node/node1/cpulist", "4-7\n")},
        {"a memory module",
         {"disturbs memory"},
         "448 GiB on node3",
         "memory module",
         file("proc/meminfo", "MemTotal:       460324864 kB\n")},
        {"firmware",
         {"disturbs firmware of mlx5_0"},
         "28.36.1010 (MT_0000000838) on node3",
         "Update it",
         file(hca + "fw_ver", "28.36.1010\n")},
        {"a rate",
         {"disturbs RDMA mlx5_0 port 1"},
         "200 Gb/sec (4X HDR), ACTIVE, InfiniBand on node3",
         "cable",
         file(hca + "ports/1/rate", "200 Gb/sec (4X HDR)\n")},
        {"a port that is down",
         {"breaks RDMA", "disturbs RDMA mlx5_0 port 1"},
         "no other port is active",
         "cable",
         file(hca + "ports/1/state", "1: DOWN\n")},
        {"a NIC that is missing",
         {"disturbs RDMA mlx5_0 port 1", "disturbs lanes of mlx5_0", "disturbs firmware of mlx5_0",
          "disturbs nvidia_peermem", "disturbs accelerator 0000:00:01.0", "disturbs accelerator 0000:00:02.0"},
         "missing on node3",
         "cable",
         gone("sys/class/infiniband/mlx5_0")},
        {"lanes",
         {"disturbs PCI", "disturbs lanes of 0000:00:02.0"},
         "8 of its 16 PCI lanes",
         "Reseat",
         file(gpu + "current_link_width", "8\n")},
        {"an accelerator at another socket",
         {"disturbs affinity", "disturbs accelerator 0000:00:02.0"},
         "crosses the sockets",
         "slots",
         [](const NodeFiles& node) {
             node.remove("sys/bus/pci/devices/0000:00:02.0");
             const std::string at = "sys/devices/pci0000:80/0000:00:02.0";
             node.write(at + "/vendor", "0x10de\n");
             node.write(at + "/device", "0x2335\n");
             node.write(at + "/class", "0x030200\n");
             node.write(at + "/numa_node", "1\n");
             node.write(at + "/current_link_width", "16\n");
             node.lead("sys/bus/pci/devices/0000:00:02.0", at);
         }},
        {"an accelerator that fell off",
         {"breaks accelerators", "disturbs accelerator 0000:00:02.0", "disturbs lanes of 0000:00:02.0"},
         "2 ranks of backend nccl and 1 accelerator",
         "fell off",
         gone("sys/bus/pci/devices/0000:00:02.0"),
         [](NodeState& s) { s.backend = "nccl"; }},
        {"a driver",
         {"disturbs driver"},
         "nvidia 535.161.08 on node3",
         "same driver",
         file("proc/driver/nvidia/version",
              "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.161.08  Tue Mar  5\n")},
        {"peer memory",
         {"disturbs nvidia_peermem", "note GPUDirect"},
         "not loaded on node3",
         "modprobe",
         gone("sys/module/nvidia_peermem")},
        {"an MTU", {"disturbs MTU of eth0"}, "1500 on node3", "one MTU", file("sys/class/net/eth0/mtu", "1500\n")},
        {"a slow interface",
         {"disturbs interface eth0"},
         "UP, 10 Gb/s on node3",
         "cable",
         file("sys/class/net/eth0/speed", "10000\n")},
        {"few ports",
         {"disturbs ports", "note ports"},
         "501 ports",
         "ip_local_port_range",
         file("proc/sys/net/ipv4/ip_local_port_range", "50000\t50500\n")},
        {"a kernel",
         {"note kernel"},
         "5.14.0-427.el9.x86_64 on node3",
         "alike",
         file("proc/sys/kernel/osrelease", "5.14.0-427.el9.x86_64\n")},
        {"a system",
         {"note system"},
         "Rocky Linux 9.4 on node3",
         "alike",
         file("etc/os-release", "PRETTY_NAME=\"Rocky Linux 9.4\"\n")},
        {"a processor",
         {"disturbs processor"},
         "AMD EPYC 9354 on node3",
         "alike",
         file("proc/cpuinfo", "processor\t: 0\nmodel name\t: AMD EPYC 9354\n")},
        {"fewer ranks", {"note ranks"}, "1 on node3", "as many ranks", nullptr, [](NodeState& s) { s.ranks = 1; }},
    };
    const auto alike = healthy();
    for (const DifferenceRow& row : rows) {
        SCOPED_TRACE(row.what);
        auto nodes = alike;
        nodes[2] = examined("node3", &row);
        if (row.on_two) {
            nodes[3] = examined("node4", &row);
        }
        const auto findings = compare_nodes(nodes);
        std::vector<std::string> found;
        for (const DoctorFinding& each : findings) {
            found.push_back(std::string(name(each.severity)) + " " + each.about);
            EXPECT_FALSE(each.advice.empty()) << each.about;
            const bool of_most = each.problem.find("missing on 3 of 4") != std::string::npos;
            if (!of_most) {
                EXPECT_EQ(each.hosts,
                          row.on_two ? (std::vector<std::string>{"node3", "node4"}) : std::vector<std::string>{"node3"})
                    << each.about;
            }
        }
        EXPECT_THAT(found, ::testing::UnorderedElementsAreArray(row.findings));
        ASSERT_FALSE(findings.empty());
        const bool said = std::ranges::any_of(findings, [&](const DoctorFinding& each) {
            return each.problem.find(row.problem) != std::string::npos &&
                   each.advice.find(row.advice) != std::string::npos;
        });
        EXPECT_TRUE(said) << findings.front().problem << ". " << findings.front().advice;
        const DoctorReport report{.way = "mpi",
                                  .announced = "",
                                  .library = "",
                                  .module = "",
                                  .ranks = 8,
                                  .nodes = group_alike(nodes),
                                  .findings = findings};
        const bool breaks =
            std::ranges::any_of(row.findings, [](const std::string& each) { return each.starts_with("breaks"); });
        EXPECT_EQ(report.breaks(), breaks);
        EXPECT_EQ(report.nodes.size(), 2U);
    }
}

}  // namespace
}  // namespace plumbline::app
