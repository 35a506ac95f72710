// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/roster.hpp"

#include "collectives/control/wire.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace plumbline::control {
namespace {

Address address(std::uint8_t first, std::uint8_t last, std::uint16_t port)
{
    return {.ip = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, first, 0, 0, last}, .port = port, .scope = 0};
}

Roster roster_of(int size)
{
    Roster roster(size);
    for (int rank = 0; rank < size; ++rank) {
        roster.at(rank) = {
            .here = true,
            .address = address(10, static_cast<std::uint8_t>(rank), static_cast<std::uint16_t>(4000 + rank)),
            .pid = static_cast<std::uint32_t>(100 + rank),
            .instance = 0,
            .host = "node" + std::to_string(rank)};
    }
    return roster;
}

TEST(Roster, the_missing_are_named_in_ranges)
{
    Roster roster = roster_of(16);
    EXPECT_TRUE(roster.complete());
    for (const int rank : {3, 7, 8, 9}) {
        roster.at(rank).here = false;
    }
    EXPECT_FALSE(roster.complete());
    EXPECT_EQ(roster.missing(), "ranks 3, 7 to 9");
    roster = roster_of(16);
    roster.at(15).here = false;
    EXPECT_EQ(roster.missing(), "rank 15");
}

TEST(Roster, a_list_of_ranks_stays_short)
{
    std::vector<int> even(100);
    std::iota(even.begin(), even.end(), 0);
    EXPECT_EQ(rank_list(even), "ranks 0 to 99");
    for (int& rank : even) {
        rank *= 2;
    }
    EXPECT_EQ(rank_list(even), "ranks 0, 2, 4, 6, 8, 10, 12, 14 and 92 more");
    const int two[] = {4, 5};
    EXPECT_EQ(rank_list(two), "ranks 4, 5");
}

TEST(Roster, ranks_have_names_once_they_have_come)
{
    Roster roster = roster_of(3);
    roster.at(1).here = false;
    EXPECT_EQ(roster.name(2), "rank 2 on node2 (pid 102)");
    EXPECT_EQ(roster.name(1), "rank 1");
    EXPECT_EQ(roster.present(), "rank 0 on node0 (pid 100), rank 2 on node2 (pid 102)");
    EXPECT_TRUE(roster_of(12).present().ends_with("rank 7 on node7 (pid 107) and 4 more"));
}

TEST(Roster, comes_back_from_the_wire_as_it_was_and_never_from_less)
{
    const Roster roster = roster_of(5);
    auto bytes = encode(roster);
    EXPECT_EQ(decode_roster(bytes, 5), roster);
    EXPECT_THROW(decode_roster(bytes, 6), WireError);
    EXPECT_THROW(decode_roster(bytes, 4), WireError);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(decode_roster(std::span(bytes).first(size), 5), WireError);
    }
}

TEST(Roster, who_reached_rank_0_by_a_loopback_address_is_reached_where_rank_0_is)
{
    Roster roster = roster_of(3);
    roster.at(2).address = address(127, 1, 5000);
    const Address master = address(192, 9, 29500);
    EXPECT_EQ(roster.address_of(1, master), address(10, 1, 4001));
    EXPECT_EQ(roster.address_of(2, master), address(192, 9, 5000));
    EXPECT_EQ(roster.address_of(0, master), address(192, 9, 4000));
}

}  // namespace
}  // namespace plumbline::control
