// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::control {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(ControlAddress, literal_addresses_are_read_with_and_without_brackets)
{
    std::string why;
    for (const auto& [host, text, loopback] :
         {std::tuple("10.0.0.3", "10.0.0.3:29500", false), std::tuple("127.1.2.3", "127.1.2.3:29500", true),
          std::tuple("::1", "[::1]:29500", true), std::tuple("[::1]", "[::1]:29500", true),
          std::tuple("fd00::2", "[fd00::2]:29500", false), std::tuple("::ffff:10.0.0.3", "10.0.0.3:29500", false)}) {
        const auto addresses = resolve(host, 29500, why);
        ASSERT_THAT(addresses, SizeIs(1)) << host;
        EXPECT_EQ(addresses.front().text(), text);
        EXPECT_EQ(addresses.front().is_loopback(), loopback) << host;
        EXPECT_EQ(why, "");
    }
}

TEST(ControlAddress, a_name_without_addresses_says_why)
{
    std::string why;
    EXPECT_THAT(resolve("no such host", 1, why), IsEmpty());
    EXPECT_THAT(why, Not(IsEmpty()));
}

TEST(ControlAddress, only_what_can_mean_this_machine_alone_is_loopback)
{
    for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"}) {
        EXPECT_TRUE(names_loopback(host)) << host;
    }
    // A host's own name may lead to 127.0.1.1 on that host, and is met by others all the same.
    for (const char* host : {"node1", "10.0.0.1", "1270.0.0.1", "", "::2"}) {
        EXPECT_FALSE(names_loopback(host)) << host;
    }
}

TEST(ControlAddress, a_port_stands_behind_brackets_where_the_host_has_colons)
{
    EXPECT_EQ(host_and_port("node1", 29500), "node1:29500");
    EXPECT_EQ(host_and_port("::1", 29500), "[::1]:29500");
    EXPECT_EQ(host_and_port("[::1]", 29500), "[::1]:29500");
}

}  // namespace
}  // namespace plumbline::control
