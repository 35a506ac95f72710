// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/channel.hpp"

#include "tests/support/simulated_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <vector>

namespace plumbline::sim {
namespace {

using test::buffer_with;
using test::compute;
using test::content;
using test::eager;
using test::execute;
using test::message;
using test::on_each_rank;
using test::rendezvous;
using testing::Each;
using Rank = test::SimulatedRank;

TEST(SimMessage, eager_messages_of_one_sender_share_its_link)
{
    const auto times_s = on_each_rank(eager, 3, [](const Rank& me) {
        if (me.rank == 0) {
            const auto first = buffer_with(me, message(1));
            const auto second = buffer_with(me, message(2));
            const auto to_1 = me.group.prepare_send(1, 7, *first, 1000);
            const auto to_2 = me.group.prepare_send(2, 7, *second, 1000);
            to_1->start();
            to_2->start();
            EXPECT_EQ(me.now_s(), 0) << "posting is free";
            to_1->finish();
            EXPECT_EQ(me.now_s(), 1) << "the buffer is free once the message has left";
            first->fill(std::byte{0});
            to_2->finish();
            return me.now_s();
        }
        const auto buffer = me.group.allocate(1000);
        execute(*me.group.prepare_receive(0, 7, *buffer, 1000));
        EXPECT_EQ(content(*buffer), message(me.rank));
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(2, 1.25, 2.25));
}

TEST(SimMessage, eager_message_waits_for_a_late_receiver_at_no_cost)
{
    const auto times_s = on_each_rank(eager, 2, [](const Rank& me) {
        const auto buffer = buffer_with(me, message(me.rank));
        compute(me, me.rank * 10);
        execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 1000)
                             : *me.group.prepare_receive(0, 0, *buffer, 1000));
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(1, 10));
}

TEST(SimMessage, rendezvous_starts_when_both_sides_are_there)
{
    for (const int late : {0, 1}) {
        const auto times_s = on_each_rank(rendezvous, 2, [&](const Rank& me) {
            const auto buffer = buffer_with(me, message(me.rank));
            compute(me, me.rank == late ? 10 : 0);
            execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 1000)
                                 : *me.group.prepare_receive(0, 0, *buffer, 1000));
            EXPECT_EQ(content(*buffer), message(0));
            return me.now_s();
        });
        EXPECT_THAT(times_s, testing::ElementsAre(11, 11.25)) << "late rank " << late;
    }
}

TEST(SimMessage, messages_of_one_tag_keep_their_order_and_tags_keep_apart)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        on_each_rank(cluster, 2, [](const Rank& me) {
            std::vector<std::unique_ptr<Buffer>> buffers;
            std::vector<std::unique_ptr<Operation>> operations;
            for (const int number : {0, 1, 2, 3}) {
                const int tag = number % 2;
                buffers.push_back(buffer_with(me, me.rank == 0 ? message(number) : message(99)));
                operations.push_back(me.rank == 0 ? me.group.prepare_send(1, tag, *buffers.back(), 1000)
                                                  : me.group.prepare_receive(0, tag, *buffers.back(), 1000));
            }
            // The receiver takes tag 1 first.
            const std::array<std::size_t, 4> order =
                me.rank == 0 ? std::array<std::size_t, 4>{0, 1, 2, 3} : std::array<std::size_t, 4>{1, 3, 0, 2};
            for (const std::size_t i : order) {
                operations[i]->start();
            }
            for (const std::size_t i : order) {
                operations[i]->finish();
                if (me.rank == 1) {
                    EXPECT_EQ(content(*buffers[i]), message(static_cast<int>(i)));
                }
            }
            return 0.0;
        });
    }
}

TEST(SimMessage, a_ring_of_posted_messages_needs_no_order_of_finishing)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
            const auto out = buffer_with(me, message(me.rank));
            const auto in = me.group.allocate(1000);
            const auto send = me.group.prepare_send((me.rank + 1) % 5, 0, *out, 1000);
            const auto receive = me.group.prepare_receive((me.rank + 4) % 5, 0, *in, 1000);
            for (int turn = 0; turn < 3; ++turn) {
                send->start();
                receive->start();
                send->finish();
                receive->finish();
                EXPECT_EQ(content(*in), message((me.rank + 4) % 5));
            }
            return me.now_s();
        });
        EXPECT_THAT(times_s, Each(3 * 1.25));
    }
}

}  // namespace
}  // namespace plumbline::sim
