// SPDX-License-Identifier: Apache-2.0
#include "results/machines/node_inventory.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

NodeInventory usual_node(const std::string& uuid)
{
    NodeInventory node;
    node.properties = {{"processor", "AMD EPYC 9654"}, {"kernel", "6.1.0"}};
    node.devices = {{.address = "0000:17:00.0", .model = "NVIDIA H200", .uuid = uuid, .driver = "nvidia 550.54.15"}};
    node.ports = {{.name = "mlx5_0 port 1", .rate = "400 Gb/s", .firmware = "28.39.1002", .neighbour = uuid}};
    node.leaf = uuid;
    return node;
}

std::vector<std::string> english(const std::vector<Sentence>& sentences)
{
    return {sentences.begin(), sentences.end()};
}

TEST(NodeInventory, is_the_same_after_a_file_had_it)
{
    NodeInventory node = usual_node("GPU-1");
    node.devices[0].numa_node = 1;
    EXPECT_EQ(parse_inventory(format_inventory(node)), node);
    EXPECT_EQ(format_inventory({}), "");
    EXPECT_EQ(parse_inventory(""), NodeInventory{});
}

TEST(NodeInventory, of_a_text_that_is_none_is_nothing_and_of_unknown_members_all_that_is_known)
{
    for (const char* text : {"{", "[]", "1", "\"a\""}) {
        EXPECT_EQ(parse_inventory(text), std::nullopt) << text;
    }
    const auto node =
        parse_inventory(R"({"properties": {"kernel": "6", "n": 1}, "devices": [{"model": "A", "x": 2}, 3],)"
                        R"( "ports": {}, "later": true})");
    ASSERT_TRUE(node);
    EXPECT_EQ(property_of(*node, "kernel"), "6");
    EXPECT_EQ(property_of(*node, "n"), "");
    ASSERT_EQ(node->devices.size(), 2U);
    EXPECT_EQ(node->devices[0].model, "A");
}

TEST(AlikeNodes, differ_by_what_they_are_made_of_and_not_by_numbers_of_their_own)
{
    std::vector<NodeInventory> nodes{usual_node("a"), usual_node("b"), usual_node("c")};
    EXPECT_EQ(alike_nodes(nodes).size(), 1U);
    EXPECT_EQ(english(differences_said(nodes, std::vector<std::string>{"n1", "n2", "n3"})),
              std::vector<std::string>{"all 3 nodes are alike"});

    nodes[0].ports[0].firmware = "28.38.1000";
    EXPECT_EQ(english(differences_said(nodes, std::vector<std::string>{"n1", "n2", "n3"})),
              (std::vector<std::string>{"2 of 3 nodes are alike",
                                        "n1: firmware of mlx5_0 port 1 is 28.38.1000, not 28.39.1002"}));
    const auto groups = alike_nodes(nodes);
    ASSERT_EQ(groups.size(), 2U);
    EXPECT_EQ(groups[0].nodes, (std::vector<std::size_t>{1, 2}));
}

TEST(AlikeNodes, name_a_device_that_a_node_lacks_or_has_beyond_the_others_once)
{
    std::vector<NodeInventory> nodes{usual_node("a"), usual_node("b"), usual_node("c")};
    nodes[2].devices.clear();
    EXPECT_EQ(english(differences_said(nodes, std::vector<std::string>{"n1", "n2", "n3"})),
              (std::vector<std::string>{"2 of 3 nodes are alike",
                                        "n3: number of devices is 0, not 1, 0000:17:00.0 is missing"}));
    nodes[2] = usual_node("c");
    nodes[2].ports.push_back({.name = "mlx5_9 port 1", .rate = "400 Gb/s"});
    EXPECT_EQ(english(differences_said(nodes, std::vector<std::string>{"n1", "n2", "n3"})).back(),
              "n3: number of network ports is 2, not 1, mlx5_9 port 1 is there, on the others it isn't");
}

TEST(AlikeNodes, are_not_spoken_of_where_there_is_one)
{
    EXPECT_TRUE(differences_said(std::vector{usual_node("a")}, std::vector<std::string>{"n1"}).empty());
    EXPECT_TRUE(alike_nodes({}).empty());
}

TEST(WithoutSerials, keeps_models_and_drops_what_tells_pieces_apart)
{
    const NodeInventory node = without_serials(usual_node("GPU-1"));
    EXPECT_EQ(format_inventory(node).find("GPU-1"), std::string::npos);
    EXPECT_EQ(node.devices[0].model, "NVIDIA H200");
}

}  // namespace
}  // namespace plumbline
