// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/line_connection.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <optional>
#include <string>

namespace plumbline::endure {
namespace {

std::optional<Message> next_of(LineConnection& connection)
{
    constexpr int patience_ms = 10'000;
    std::optional<Message> message;
    while (!(message = connection.receive()) && !connection.broken()) {
        pollfd one{connection.descriptor(), POLLIN, 0};
        if (::poll(&one, 1, patience_ms) <= 0) {
            break;
        }
    }
    return message;
}

TEST(LineListener, is_met_at_each_of_its_addresses_of_either_family)
{
    const LineListener listener;
    const std::string all = listener.addresses();
    const std::string port = all.substr(all.rfind(':'));
    for (const std::string address : {"127.0.0.1", "[::1]"}) {
        if (all.find(address + port) == std::string::npos) {
            continue;  // this host has no address of the family
        }
        // Behind one where nobody is: the next is tried.
        LineConnection job = LineConnection::to("127.0.0.1:1,nonsense," + address + port);
        ASSERT_TRUE(job.open()) << address;
        const Message hello{.kind = "hello", .fields = {{"rank", "3"}}};
        job.send(hello);
        pollfd one{listener.descriptor(), POLLIN, 0};
        ASSERT_EQ(::poll(&one, 1, 10'000), 1);
        LineConnection met = listener.accept();
        EXPECT_EQ(next_of(met), hello) << address;
        EXPECT_FALSE(listener.accept().open());
    }
    EXPECT_FALSE(LineConnection::to("127.0.0.1:1").open());
}

TEST(LineConnection, that_sends_what_is_no_message_is_broken)
{
    const LineListener listener;
    LineConnection stranger = LineConnection::to(listener.addresses());
    ASSERT_TRUE(stranger.open());
    LineConnection met = listener.accept();
    stranger.send({.kind = "", .fields = {}});
    EXPECT_FALSE(next_of(met));
    EXPECT_TRUE(met.broken());
}

}  // namespace
}  // namespace plumbline::endure
