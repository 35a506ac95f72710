// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/message_checks.hpp"

#include "tests/conformance/call_buffers.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <vector>

namespace plumbline::conformance {

namespace {

/// A message with the buffer that it is in.
struct Message {
    std::unique_ptr<Buffer> buffer;
    std::unique_ptr<Operation> operation;
};

Message outgoing(Group& group, int peer, int tag, std::uint64_t bytes)
{
    Message message{.buffer = group.allocate(bytes), .operation = nullptr};
    message.buffer->fill(static_cast<std::byte>(10 * group.rank() + tag));
    message.operation = group.prepare_send(peer, tag, *message.buffer, bytes);
    return message;
}

Message incoming(Group& group, int peer, int tag, std::uint64_t bytes)
{
    Message message{.buffer = group.allocate(bytes), .operation = nullptr};
    message.operation = group.prepare_receive(peer, tag, *message.buffer, bytes);
    return message;
}

void expect_from(Rank& me, const Message& message, int peer, int tag)
{
    const std::uint64_t bytes = message.buffer->size_bytes();
    const std::vector<std::byte> expected(bytes, static_cast<std::byte>(10 * peer + tag));
    me.expect(contents(*message.buffer, 0, bytes) == expected,
              fmt::format("a message of {} bytes from rank {}, tag {}, arrived wrong", bytes, peer, tag));
    ++me.checked;
}

}  // namespace

/// As a pipeline sends: several messages are posted before the first is waited for.
void messages_arrive_in_order(Rank& me)
{
    const int next = (me.rank() + 1) % me.size();
    const int previous = (me.rank() + me.size() - 1) % me.size();
    constexpr std::array<std::uint64_t, 4> sizes{1000, 0, 13, 200'000};
    std::vector<Message> sends;
    std::vector<Message> receives;
    for (std::size_t tag = 0; tag < sizes.size(); ++tag) {
        sends.push_back(outgoing(me.group, next, static_cast<int>(tag), sizes[tag]));
        receives.push_back(incoming(me.group, previous, static_cast<int>(tag), sizes[tag]));
    }
    me.group.connect();
    for (int repetition = 0; repetition < 2; ++repetition) {
        for (Message& message : sends) {
            message.operation->start();
        }
        for (std::size_t tag = 0; tag < sizes.size(); ++tag) {
            receives[tag].buffer->fill(poison);
            receives[tag].operation->start();
            receives[tag].operation->finish();
            expect_from(me, receives[tag], previous, static_cast<int>(tag));
        }
        for (Message& message : sends) {
            message.operation->finish();
        }
    }
}

/// As two pipeline stages in the steady state: each has posted a large message to the other before it waits for one.
void both_directions_at_once(Rank& me)
{
    const int peer = me.rank() ^ 1;
    constexpr std::uint64_t bytes = 1 << 20;
    std::vector<Message> messages;
    if (peer < me.size()) {
        messages.push_back(outgoing(me.group, peer, 0, bytes));
        messages.push_back(incoming(me.group, peer, 0, bytes));
    }
    me.group.connect();
    for (int repetition = 0; repetition < 3 && !messages.empty(); ++repetition) {
        messages[1].buffer->fill(poison);
        messages[0].operation->start();
        messages[1].operation->start();
        messages[1].operation->finish();
        messages[0].operation->finish();
        expect_from(me, messages[1], peer, 0);
    }
}

}  // namespace plumbline::conformance
