// SPDX-License-Identifier: Apache-2.0
#include "harness/host/system/link_neighbours.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using namespace std::string_literals;

const std::string head = std::string(12, 'x') + "\x88\xcc";

TEST(LldpFrame, names_the_switch_and_its_port_by_its_description_first)
{
    const std::string name = "\x0a\x06"s + "leaf07";
    EXPECT_EQ(parse_lldp_frame(head + "\x04\x05\x05swp1" + name), (LinkNeighbour{"leaf07", "swp1"}));
    EXPECT_EQ(parse_lldp_frame(head + "\x04\x05\x05swp1" + "\x08\x04"s + "node" + name),
              (LinkNeighbour{"leaf07", "node"}));
    EXPECT_EQ(parse_lldp_frame(head + "\x04\x07\x03\x01\x02\x03\x04\x05\x06" + name), (LinkNeighbour{"leaf07", ""}));
}

TEST(LldpFrame, that_is_cut_or_of_another_kind_names_nothing)
{
    EXPECT_EQ(parse_lldp_frame(""), std::nullopt);
    EXPECT_EQ(parse_lldp_frame(std::string(12, 'x') + "\x08\x00"s + "\x0a\x06"s + "leaf07"), std::nullopt);
    EXPECT_EQ(parse_lldp_frame(head + "\x0a\x09"s + "leaf07"), std::nullopt);
    EXPECT_EQ(parse_lldp_frame(head + "\x00\x00"s + "\x0a\x06"s + "leaf07"), std::nullopt);
}

}  // namespace
}  // namespace plumbline
