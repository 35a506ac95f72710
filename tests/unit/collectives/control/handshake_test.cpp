// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/handshake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>

namespace plumbline::control {
namespace {

using State = Handshake::State;

Hello hello_of_rank_3()
{
    Hello hello;
    hello.purpose = Hello::Purpose::edge;
    hello.rank = 3;
    hello.size = 16;
    hello.to = 5;
    hello.keep = true;
    hello.pid = 99;
    hello.port = 4711;
    hello.launch = 1234567890123456789U;
    hello.instance = 42;
    hello.version = "0.1.0";
    hello.host = "node2";
    return hello;
}

/// What the other side gets of message `number`, 0 the first.
using Meddler = std::function<void(int number, std::vector<std::byte>& message)>;

struct Outcome {
    Handshake connects;
    Handshake accepts;
    std::vector<std::vector<std::byte>> messages;
};

void give(Handshake& side, std::span<const std::byte> message, std::vector<std::byte>& said)
{
    while (!message.empty() && side.wanted() > 0) {
        const auto piece = message.first(std::min(side.wanted(), message.size()));
        if (piece.size() < side.wanted()) {
            return;
        }
        message = message.subspan(piece.size());
        const auto reply = side.take(piece);
        said.insert(said.end(), reply.begin(), reply.end());
    }
}

/// A whole handshake; stops where a side has nothing to say.
Outcome shake(const std::string& token, const std::string& other_token, const Hello& hello, const Meddler& meddle = {})
{
    Outcome outcome{
        .connects = Handshake(key_of(token), hello), .accepts = Handshake(key_of(other_token)), .messages = {}};
    std::vector<std::byte> message = outcome.connects.opening();
    for (int number = 0; number < 4 && !message.empty(); ++number) {
        if (meddle) {
            meddle(number, message);
        }
        outcome.messages.push_back(message);
        Handshake& to = number % 2 == 0 ? outcome.accepts : outcome.connects;
        std::vector<std::byte> reply;
        give(to, message, reply);
        if (to.state() == State::proven) {
            reply = to.answer({.verdict = Answer::Verdict::welcome, .keep = true, .launch = 7, .text = "come in"});
        } else if (to.state() == State::token_differs) {
            reply = to.answer({.verdict = Answer::Verdict::token_differs, .keep = false, .launch = 0, .text = ""});
        }
        message = reply;
    }
    return outcome;
}

TEST(ControlHandshake, with_one_token_both_sides_are_done_and_know_what_the_other_said)
{
    for (const std::string token : {"", "secret"}) {
        const Outcome outcome = shake(token, token, hello_of_rank_3());
        EXPECT_EQ(outcome.connects.state(), State::done);
        EXPECT_EQ(outcome.accepts.state(), State::done);
        Hello said = outcome.accepts.hello();
        EXPECT_NE(said.nonce, Nonce{});
        said.nonce = Nonce{};
        EXPECT_EQ(said, hello_of_rank_3());
        EXPECT_EQ(outcome.connects.answered(),
                  (Answer{.verdict = Answer::Verdict::welcome, .keep = true, .launch = 7, .text = "come in"}));
    }
}

TEST(ControlHandshake, with_two_tokens_neither_side_is_done_and_both_know_why)
{
    const Outcome outcome = shake("secret", "another", hello_of_rank_3());
    EXPECT_EQ(outcome.connects.state(), State::refused);
    EXPECT_EQ(outcome.connects.answered().verdict, Answer::Verdict::token_differs);
    EXPECT_EQ(outcome.accepts.state(), State::refused);
}

TEST(ControlHandshake, a_stranger_gets_nothing_that_was_made_with_the_key)
{
    const Outcome outcome = shake("", "secret", hello_of_rank_3());
    const auto& answer = outcome.messages.back();
    const auto mac = std::span(answer).last(std::tuple_size_v<Proof>);
    EXPECT_TRUE(std::ranges::all_of(mac, [](std::byte byte) { return byte == std::byte{}; }));
}

TEST(ControlHandshake, a_byte_changed_on_the_way_never_ends_with_both_sides_done)
{
    const Outcome whole = shake("secret", "secret", hello_of_rank_3());
    for (int number = 0; number < 4; ++number) {
        const std::size_t size = whole.messages[static_cast<std::size_t>(number)].size();
        for (std::size_t at = 0; at < size; at += size > 300 ? 13 : 1) {
            try {
                const Outcome outcome = shake("secret", "secret", hello_of_rank_3(), [&](int which, auto& message) {
                    if (which == number) {
                        message[at] ^= std::byte{1};
                    }
                });
                EXPECT_FALSE(outcome.connects.state() == State::done && outcome.accepts.state() == State::done)
                    << "message " << number << ", byte " << at;
            } catch (const WireError&) {
                // as good
            }
        }
    }
}

TEST(ControlHandshake, what_was_recorded_once_is_worth_nothing_again)
{
    const Outcome first = shake("secret", "secret", hello_of_rank_3());
    Handshake accepts(key_of("secret"));
    std::vector<std::byte> ignored;
    give(accepts, first.messages[0], ignored);
    give(accepts, first.messages[2], ignored);  // made for another nonce
    EXPECT_EQ(accepts.state(), State::token_differs);
}

TEST(ControlHandshake, another_protocol_is_named_on_both_sides)
{
    Hello hello = hello_of_rank_3();
    hello.protocol = protocol_number + 1;
    hello.version = "9.8.7";
    const Outcome outcome = shake("secret", "secret", hello);
    EXPECT_EQ(outcome.accepts.state(), State::other_protocol);
    EXPECT_EQ(outcome.accepts.other_version(), "protocol 2 of plumbline 9.8.7");
    EXPECT_EQ(outcome.connects.state(), State::other_protocol);
    EXPECT_THAT(outcome.connects.other_version(), testing::StartsWith("protocol 1 of plumbline "));
}

TEST(ControlHandshake, an_http_request_is_no_hello)
{
    const std::string request = "GET / HTTP/1.1\r\nHost: node1\r\nUser-Agent: curl/7.88.1\r\n\r\n";
    Handshake accepts(key_of("secret"));
    std::vector<std::byte> said;
    EXPECT_THROW(give(accepts, std::as_bytes(std::span(request)), said), WireError);
    EXPECT_TRUE(said.empty());
}

TEST(ControlHandshake, nonces_and_numbers_never_repeat)
{
    std::set<Nonce> nonces;
    std::set<std::uint64_t> numbers;
    for (int i = 0; i < 1000; ++i) {
        nonces.insert(draw_nonce());
        numbers.insert(draw_number());
    }
    EXPECT_EQ(nonces.size(), 1000U);
    EXPECT_EQ(numbers.size(), 1000U);
}

}  // namespace
}  // namespace plumbline::control
