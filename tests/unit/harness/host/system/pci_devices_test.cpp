// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/pci_devices.hpp"

#include "tests/support/planted_tree.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

class PciDevicesTest : public PlantedTree {
protected:
    /// A device below a root complex and its bridge, with the link that /sys has to it.
    void plant(const std::string& path, const std::string& numa, const std::string& link_to_it) const
    {
        write("sys/devices/" + path + "/numa_node", numa + "\n");
        link(link_to_it, "sys/devices/" + path);
    }
    void plant_port(const std::string& device, const std::string& path, const std::string& numa) const
    {
        const std::string folder = "sys/class/infiniband/" + device;
        write(folder + "/fw_ver", "28.39.1002\n");
        write(folder + "/board_id", "MT_0000000838\n");
        write(folder + "/ports/1/state", "4: ACTIVE\n");
        write(folder + "/ports/1/rate", "400 Gb/sec (4X NDR)\n");
        write(folder + "/ports/1/link_layer", "InfiniBand\n");
        plant(path, numa, folder + "/device");
    }
    void plant_accelerator(const std::string& address, const std::string& bridge, const std::string& numa,
                           const std::string& kind = "0x030200", const std::string& vendor = "0x10de") const
    {
        const std::string path = "sys/devices/" + bridge + "/" + address;
        write(path + "/vendor", vendor + "\n");
        write(path + "/class", kind + "\n");
        write(path + "/device", "0x2330\n");
        plant(bridge + "/" + address, numa, "sys/bus/pci/devices/" + address);
    }
};

TEST_F(PciDevicesTest, of_rdma_have_rate_firmware_and_state)
{
    plant_port("mlx5_0", "pci0000:16/0000:16:01.0/0000:17:00.0", "0");
    const auto ports = rdma_ports(root_);
    ASSERT_EQ(ports.size(), 1U);
    EXPECT_EQ(ports[0].device, "mlx5_0");
    EXPECT_EQ(ports[0].port, 1);
    EXPECT_EQ(ports[0].firmware, "28.39.1002");
    EXPECT_EQ(ports[0].board, "MT_0000000838");
    EXPECT_EQ(ports[0].state, "ACTIVE");
    EXPECT_EQ(ports[0].rate, "400 Gb/sec (4X NDR)");
    EXPECT_EQ(ports[0].layer, "InfiniBand");
    EXPECT_EQ(ports[0].place.path, "/devices/pci0000:16/0000:16:01.0/0000:17:00.0");
    EXPECT_EQ(ports[0].place.numa_node, 0);
}

TEST_F(PciDevicesTest, that_compute_are_accelerators_and_graphics_of_a_server_is_none)
{
    plant_accelerator("0000:18:00.0", "pci0000:16/0000:16:01.0", "0");
    plant_accelerator("0000:82:00.0", "pci0000:80/0000:80:01.0", "1", "0x120000", "0x19e5");  // Ascend
    plant_accelerator("0000:02:00.0", "pci0000:00/0000:00:02.0", "0", "0x030000", "0x1a03");  // the BMC's
    plant_accelerator("0000:03:00.0", "pci0000:00/0000:00:03.0", "0", "0x020000", "0x15b3");  // a NIC
    const auto found = accelerators(root_);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].address, "0000:18:00.0");
    EXPECT_EQ(found[0].model, "nvidia 0x2330");
    EXPECT_EQ(found[1].model, "huawei 0x2330");
}

TEST_F(PciDevicesTest, are_near_below_one_bridge_then_in_one_numa_node)
{
    plant_port("mlx5_0", "pci0000:00/0000:00:01.0/0000:01:00.0", "0");
    plant_port("mlx5_1", "pci0000:16/0000:16:01.0/0000:17:00.0", "0");
    plant_port("mlx5_2", "pci0000:80/0000:80:01.0/0000:81:00.0", "1");
    plant_accelerator("0000:18:00.0", "pci0000:16/0000:16:01.0", "0");
    plant_accelerator("0000:90:00.0", "pci0000:90/0000:90:01.0", "1");
    plant_accelerator("0000:a0:00.0", "pci0000:a0/0000:a0:01.0", "2");
    plant_accelerator("0000:b0:00.0", "pci0000:b0/0000:b0:01.0", "-1");
    const auto ports = rdma_ports(root_);
    const auto found = accelerators(root_);
    ASSERT_EQ(found.size(), 4U);
    const auto nearest = [&](std::size_t which) { return nearest_port(found[which].place, ports).value(); };
    EXPECT_EQ(nearest(0).index, 1U);
    EXPECT_EQ(nearest(0).nearness, Nearness::same_switch);
    EXPECT_EQ(nearest(1).index, 2U);
    EXPECT_EQ(nearest(1).nearness, Nearness::same_numa);
    EXPECT_EQ(nearest(2).nearness, Nearness::other_numa);
    EXPECT_EQ(nearest(3).nearness, Nearness::unknown);
    EXPECT_FALSE(nearest_port(found[0].place, {}).has_value());
}

}  // namespace
}  // namespace plumbline
