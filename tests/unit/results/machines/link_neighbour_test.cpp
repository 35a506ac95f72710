// SPDX-License-Identifier: Apache-2.0
#include "results/machines/link_neighbour.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(Lldpcli, names_the_switch_and_its_port_of_each_interface)
{
    const auto found = parse_lldpcli(R"({"lldp":[{"interface":[
        {"name":"eth0","via":"LLDP","chassis":[{"id":[{"type":"mac","value":"02:00"}],"name":[{"value":"leaf07"}]}],
         "port":[{"id":[{"type":"ifname","value":"Ethernet1/3"}],"descr":[{"value":"to node17"}]}]},
        {"name":"eth1","chassis":[{"name":[{"value":"leaf08"}]}],"port":[{"id":[{"type":"ifname","value":"swp4"}]}]},
        {"name":"eth2","chassis":[{"id":[{"type":"mac","value":"02:01"}]}],"port":[]},
        {"name":"eth3","chassis":[{"name":[{"value":"leaf09"}]}],"port":[{"id":[{"type":"mac","value":"02:02"}]}]}]}]})");
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found.at("eth3"), (LinkNeighbour{"leaf09", ""}));  // an address says nothing to people
    EXPECT_EQ(found.at("eth0"), (LinkNeighbour{"leaf07", "to node17"}));
    EXPECT_EQ(neighbour_text(found.at("eth1")), "leaf08 swp4");
    EXPECT_EQ(neighbour_text({.system = "leaf09", .port = ""}), "leaf09");
}

TEST(Lldpcli, names_nothing_in_what_it_does_not_print)
{
    for (const char* const text : {"", "{", "[]", "7", R"({"lldp":7})", R"({"lldp":[{"interface":["x",{}]}]})",
                                   R"({"lldp":[{"interface":[{"name":"eth0","chassis":["x"],"port":7}]}]})",
                                   R"({"lldp":[{"interface":[{"name":7,"chassis":[{"name":[{"value":7}]}]}]}]})"}) {
        EXPECT_TRUE(parse_lldpcli(text).empty()) << text;
    }
}

}  // namespace
}  // namespace plumbline
