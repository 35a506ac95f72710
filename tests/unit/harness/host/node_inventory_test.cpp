// SPDX-License-Identifier: Apache-2.0
#include "harness/host/node_inventory.hpp"

#include "tests/support/planted_tree.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

/// A frame of LLDP of switch leaf07, port Ethernet1/3, as systemd-networkd keeps it.
std::string kept_frame()
{
    const auto field = [](unsigned type, const std::string& value) {
        std::string bytes;
        bytes += static_cast<char>((type << 1U) | (value.size() >> 8U));
        bytes += static_cast<char>(value.size() & 0xFFU);
        return bytes + value;
    };
    std::string frame(12, 'x');
    frame += "\x88\xcc";
    frame += field(1, "\x04mac   ") + field(2, "\x05" + std::string("Ethernet1/3")) +
             field(3, std::string("\0\x78", 2)) + field(5, "leaf07") + field(0, "");
    std::string size(8, '\0');
    size[0] = static_cast<char>(frame.size());
    return size + frame;
}

class NodeInventoryTest : public PlantedTree {
protected:
    void plant_device(const std::string& address, const std::string& vendor, const std::string& device,
                      const std::string& kind) const
    {
        const std::string folder = "sys/devices/pci0000:00/0000:00:01.0/" + address;
        write(folder + "/vendor", vendor + "\n");
        write(folder + "/device", device + "\n");
        write(folder + "/class", kind + "\n");
        write(folder + "/numa_node", "1\n");
        link("sys/bus/pci/devices/" + address, folder);
    }
};

TEST_F(NodeInventoryTest, is_empty_but_for_nothing_where_nothing_is_told)
{
    EXPECT_EQ(take_inventory(root_), NodeInventory{});
}

TEST_F(NodeInventoryTest, has_devices_with_model_number_firmware_and_place)
{
    plant_device("0000:17:00.0", "0x10de", "0x2335", "0x030200");
    plant_device("0000:18:00.0", "0x1002", "0x74a1", "0x120000");
    write("sys/devices/pci0000:00/0000:00:01.0/0000:18:00.0/unique_id", "a1b2c3\n");
    write("sys/devices/pci0000:00/0000:00:01.0/0000:18:00.0/vbios_version", "113-M3\n");
    write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue\n");
    write("proc/driver/nvidia/gpus/0000:17:00.0/information",
          "Model: \t\t NVIDIA H200\nIRQ:   \t\t 16\nGPU UUID: \t GPU-12ab\nVideo BIOS: \t 96.00.ab\n");
    write("usr/share/misc/pci.ids",
          "# a comment\n1002  AMD\n\t74a1  Aqua Vanjaram [Instinct MI300X]\n10de  NVIDIA Corporation\n\t2335  GH100\n"
          "C 03  Display\n\t74a1  not a device\n");
    const NodeInventory node = take_inventory(root_);
    ASSERT_EQ(node.devices.size(), 2U);
    EXPECT_EQ(node.devices[0].model, "NVIDIA H200");
    EXPECT_EQ(node.devices[0].uuid, "GPU-12ab");
    EXPECT_EQ(node.devices[0].firmware, "96.00.ab");
    EXPECT_EQ(node.devices[0].driver, "nvidia 550.54.15");
    EXPECT_EQ(node.devices[0].path, "/devices/pci0000:00/0000:00:01.0/0000:17:00.0");
    EXPECT_EQ(node.devices[0].numa_node, 1);
    EXPECT_EQ(node.devices[0].error_correction, "");
    EXPECT_EQ(node.devices[1].model, "AMD Aqua Vanjaram [Instinct MI300X]");
    EXPECT_EQ(node.devices[1].uuid, "a1b2c3");
    EXPECT_EQ(node.devices[1].firmware, "113-M3");
}

TEST_F(NodeInventoryTest, has_ports_with_rate_firmware_place_and_the_switch_that_lldp_names)
{
    plant_device("0000:19:00.0", "0x15b3", "0x1021", "0x020000");
    const std::string port = "sys/class/infiniband/mlx5_0/";
    write(port + "fw_ver", "28.39.1002\n");
    write(port + "board_id", "MT_0000000838\n");
    write(port + "ports/1/state", "4: ACTIVE\n");
    write(port + "ports/1/rate", "400 Gb/sec (4X NDR)\n");
    write(port + "ports/1/link_layer", "Ethernet\n");
    link(port + "device", "sys/devices/pci0000:00/0000:00:01.0/0000:19:00.0");
    write("sys/devices/pci0000:00/0000:00:01.0/0000:19:00.0/net/eth0/ifindex", "3\n");
    link("sys/class/net/eth0", "sys/devices/pci0000:00/0000:00:01.0/0000:19:00.0/net/eth0");
    write("sys/class/net/eth9/speed", "25000\n");
    write("sys/class/net/eth9/operstate", "up\n");
    write("sys/class/net/eth9/device/vendor", "0x8086\n");
    write("sys/class/net/eth9/device/device", "0x159b\n");
    write("sys/class/net/lo/operstate", "unknown\n");
    write("run/systemd/netif/lldp/3", kept_frame());
    const NodeInventory node = take_inventory(root_);
    ASSERT_EQ(node.ports.size(), 2U);
    EXPECT_EQ(node.ports[0].name, "mlx5_0 port 1");
    EXPECT_EQ(node.ports[0].model, "0x15b3 0x1021 (MT_0000000838)");
    EXPECT_EQ(node.ports[0].rate, "400 Gb/sec (4X NDR)");
    EXPECT_EQ(node.ports[0].firmware, "28.39.1002");
    EXPECT_EQ(node.ports[0].path, "/devices/pci0000:00/0000:00:01.0/0000:19:00.0");
    EXPECT_EQ(node.ports[0].neighbour, "leaf07 Ethernet1/3");
    EXPECT_EQ(node.leaf, "leaf07");
    EXPECT_EQ(node.ports[1].name, "eth9");
    EXPECT_EQ(node.ports[1].rate, "25 Gb/s");
    EXPECT_EQ(node.ports[1].state, "UP");
}

TEST_F(NodeInventoryTest, has_what_drivers_and_daemons_answer)
{
    plant_device("0000:17:00.0", "0x10de", "0x2335", "0x030200");
    write("proc/driver/nvidia/version", "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue\n");
    write("sys/class/net/eth9/device/vendor", "0x8086\n");
    write("sys/class/net/eth9/ifindex", "3\n");
    write("run/systemd/netif/lldp/3", kept_frame());
    const SystemAnswers answers{.nvml = PLUMBLINE_FAKE_NVML,
                                .firmware_of = [](const std::string& name) { return name + " runs 4.20"; },
                                .neighbours = {{"eth9", {.system = "leaf08", .port = "swp4"}}}};
    const NodeInventory node = take_inventory(root_, "", answers);
    ASSERT_EQ(node.devices.size(), 1U);
    EXPECT_EQ(node.devices[0].serial, "1650000000017");
    ASSERT_EQ(node.ports.size(), 1U);
    EXPECT_EQ(node.ports[0].firmware, "eth9 runs 4.20");
    EXPECT_EQ(node.ports[0].neighbour, "leaf08 swp4");
    EXPECT_EQ(node.leaf, "leaf08");
    EXPECT_EQ(take_inventory(root_).ports[0].firmware, "");
    EXPECT_EQ(take_inventory(root_).ports[0].neighbour, "leaf07 Ethernet1/3");
}

TEST_F(NodeInventoryTest, hangs_on_the_leaf_that_slurm_names)
{
    write("proc/sys/kernel/hostname", "node17.cluster\n");
    write("run/slurm/conf/topology.conf", "SwitchName=leaf9 Nodes=node[16-18]\n");
    EXPECT_EQ(take_inventory(root_, "").leaf, "leaf9");
    write("etc/slurm/topology.conf", "SwitchName=leaf10 Nodes=node17\n");
    EXPECT_EQ(take_inventory(root_, "").leaf, "leaf10");
    EXPECT_EQ(take_inventory(root_, "leaf7.node17").leaf, "leaf7");
    std::filesystem::remove_all(root_ / "etc/slurm");
    std::filesystem::remove_all(root_ / "run/slurm");
    EXPECT_EQ(take_inventory(root_, "spine1.leaf7.node3").leaf, "leaf7");
    EXPECT_EQ(take_inventory(root_, "leaf7.node3").leaf, "leaf7");
    EXPECT_EQ(take_inventory(root_, "node3").leaf, "");
}

TEST_F(NodeInventoryTest, tells_server_container_clock_and_confidential_computing)
{
    write("sys/class/dmi/id/sys_vendor", "HPE\n");
    write("sys/class/dmi/id/product_name", "ProLiant XD685\n");
    write("proc/cpuinfo", "model name : AMD EPYC 9654\nflags : fpu hypervisor tdx_guest\n");
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n");
    write("run/.containerenv", "");
    const NodeInventory node = take_inventory(root_);
    EXPECT_EQ(property_of(node, "system"), "HPE ProLiant XD685");
    EXPECT_EQ(property_of(node, "clock_source"), "tsc");
    EXPECT_EQ(property_of(node, "container"), "Podman");
    EXPECT_EQ(property_of(node, "virtualisation"), "yes");
    EXPECT_EQ(property_of(node, "confidential_computing"), "TDX");
    write("proc/cpuinfo", "model name : AMD EPYC 9654\nflags : fpu sev_snp\n");
    EXPECT_EQ(property_of(take_inventory(root_), "confidential_computing"), "");  // of a host that could have guests
    write("dev/sev-guest", "");
    EXPECT_EQ(property_of(take_inventory(root_), "confidential_computing"), "SEV-SNP");
}

}  // namespace
}  // namespace plumbline
