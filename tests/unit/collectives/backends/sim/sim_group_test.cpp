// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/sim_group.hpp"

#include "collectives/backends/sim/fiber_group.hpp"
#include "collectives/backends/sim/fibers.hpp"
#include "tests/support/self_communicator.hpp"
#include "tests/support/simulated_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline::sim {
namespace {

using test::buffer_with;
using test::call_of;
using test::compute;
using test::content;
using test::eager;
using test::execute;
using test::message;
using test::on_each_rank;
using test::PreparedCall;
using test::rendezvous;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using Rank = test::SimulatedRank;

TEST(SimGroup, align_brings_all_clocks_to_the_latest)
{
    const auto times_s = on_each_rank({}, 4, [](const Rank& me) {
        compute(me, me.rank);
        me.group.synchronize();
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(3.0));
}

TEST(SimGroup, subgroups_go_their_own_way_and_can_be_joined_again)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1e9};
    const auto times_s = on_each_rank(cluster, 5, [](const Rank& me) {
        const std::vector<int> mine = me.rank < 2 ? std::vector{1, 0} : std::vector{4, 2, 3};
        const auto members = me.comm.subgroup(mine);
        for (int turn = 0; turn < 3; ++turn) {
            const auto group = me.backend.make_group(*members);
            EXPECT_EQ(group->size(), static_cast<int>(mine.size()));
            const Rank there{me.backend, *group, *members, group->rank(), group->size()};
            const PreparedCall prepared(there, call_of(Collective::allgather, 4));
            prepared.execute();
            prepared.expect_right();
        }
        return me.now_s();
    });
    // Three allgathers of (p - 1) alpha and 16 bytes a block.
    const double pair_s = 3 * (1 + 16e-9);
    const double three_s = 3 * (2 + 2 * 16e-9);
    for (std::size_t rank = 0; rank < 5; ++rank) {
        EXPECT_NEAR(times_s[rank], rank < 2 ? pair_s : three_s, 1e-12);
    }
}

/// What the three ranks that didn't fail were told, when rank 1 fails while they are in `wait` or about to be.
/// `launch` runs a body on four ranks.
template <class Launch>
std::vector<std::string> told_when_rank_1_fails(Launch launch, const std::function<void(const Rank&)>& wait)
{
    std::vector<std::string> told;
    WaitingFibers all_there;
    int waiting = 0;
    const auto body = [&](Communicator& comm, SimBackend& backend) {
        const auto group = backend.make_group(comm);
        if (comm.rank() == 1) {
            all_there.wait([&] { return waiting == 3; });
            throw std::runtime_error("disk on fire");
        }
        ++waiting;
        all_there.wake_all();
        try {
            wait({backend, *group, comm, comm.rank(), comm.size()});
        } catch (const std::runtime_error& error) {
            told.emplace_back(error.what());
            throw;
        }
    };
    EXPECT_THROW(launch(body), std::runtime_error);
    return told;
}

struct Wait {
    std::string what;
    std::function<void(const Rank&)> wait;
    bool with_eager = true;
};

const std::vector<Wait>& waits()
{
    static const std::vector<Wait> rows{
        {"collective", [](const Rank& me) { PreparedCall(me, call_of(Collective::allreduce, 8)).execute(); }},
        {"alignment", [](const Rank& me) { me.group.synchronize(); }},
        {"receive",
         [](const Rank& me) {
             const auto buffer = me.group.allocate(8);
             execute(*me.group.prepare_receive(1, 0, *buffer, 8));
         }},
        {"send",
         [](const Rank& me) {
             const auto buffer = me.group.allocate(8);
             execute(*me.group.prepare_send(1, 0, *buffer, 8));
         },
         false},
    };
    return rows;
}

TEST(SimFailure, of_one_rank_reaches_the_others_wherever_they_wait)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        for (const Wait& row : waits()) {
            if (cluster.rendezvous || row.with_eager) {
                const auto launch = [&](const auto& body) { run_simulated(cluster, 4, body); };
                EXPECT_THAT(told_when_rank_1_fails(launch, row.wait), AllOf(testing::SizeIs(3), Each("disk on fire")))
                    << row.what;
            }
        }
    }
}

TEST(SimFailure, wakes_the_others_without_the_cause_when_only_the_backend_is_unwound)
{
    for (const Wait& row : waits()) {
        const auto fabric = make_fabric(rendezvous, 4);
        const auto launch = [&](const auto& body) {
            run_as_fibers(4, [&](Communicator& comm) {
                SimBackend backend(fabric, comm.rank());
                body(comm, backend);
            });
        };
        EXPECT_THAT(told_when_rank_1_fails(launch, row.wait),
                    AllOf(testing::SizeIs(3), Each(HasSubstr("another rank failed"))))
            << row.what;
    }
}

TEST(SimFailure, reaches_groups_that_are_joined_later)
{
    const auto fabric = make_fabric({}, 2);
    test::SelfCommunicator alone;
    EXPECT_THROW(
        {
            const SimBackend failing(fabric, 1);
            throw std::runtime_error("disk on fire");
        },
        std::runtime_error);
    EXPECT_THROW(SimBackend(fabric, 0).make_group(alone), std::runtime_error);
}

TEST(SimFailure, a_backend_destroyed_in_peace_wakes_nobody)
{
    const auto fabric = make_fabric({}, 2);
    test::SelfCommunicator alone;
    {
        const SimBackend done(fabric, 1);
    }
    EXPECT_EQ(SimBackend(fabric, 0).make_group(alone)->size(), 1);
}

TEST(SimFailure, an_operation_destroyed_in_flight_ends_its_group)
{
    EXPECT_THROW(on_each_rank(eager, 2,
                              [](const Rank& me) {
                                  const PreparedCall barrier(me, call_of(Collective::barrier, 0));
                                  if (me.rank == 0) {
                                      barrier.operation().start();
                                  } else {
                                      barrier.execute();
                                      barrier.execute();
                                  }
                                  return 0.0;
                              }),
                 std::runtime_error);
}

TEST(SimFailure, ranks_in_different_collectives_are_an_error)
{
    const auto mismatched = [](const Rank& me) {
        PreparedCall(me, call_of(me.rank == 0 ? Collective::allreduce : Collective::alltoall, 8)).execute();
        return 0.0;
    };
    EXPECT_THROW(on_each_rank({}, 3, mismatched), std::logic_error);
}

TEST(SimFailure, sides_of_a_message_that_differ_in_size_are_an_error)
{
    for (const Cluster& cluster : {eager, rendezvous}) {
        const auto mismatched = [](const Rank& me) {
            const auto buffer = me.group.allocate(100);
            execute(me.rank == 0 ? *me.group.prepare_send(1, 0, *buffer, 100)
                                 : *me.group.prepare_receive(0, 0, *buffer, 99));
            return 0.0;
        };
        EXPECT_THROW(on_each_rank(cluster, 2, mismatched), std::logic_error);
    }
}

TEST(SimGroup, refuses_buffers_that_are_too_small)
{
    on_each_rank({}, 1, [](const Rank& me) {
        const auto small = me.group.allocate(15);
        EXPECT_THROW(me.group.prepare(call_of(Collective::allreduce, 4), *small, *small), std::logic_error);
        EXPECT_THROW(me.group.prepare_send(0, 0, *small, 16), std::logic_error);
        EXPECT_THROW(me.group.prepare_receive(0, 0, *small, 16), std::logic_error);
        return 0.0;
    });
}

TEST(SimGroup, says_what_cannot_be_done_in_place)
{
    on_each_rank({}, 2, [](const Rank& me) {
        for (const CollectiveInfo& row : all_collectives()) {
            CollectiveCall call = call_of(row.collective, 4);
            EXPECT_EQ(me.group.unsupported_reason(call), std::nullopt) << row.name;
            call.in_place = true;
            EXPECT_EQ(me.group.unsupported_reason(call).has_value(), !row.in_place) << row.name;
        }
        CollectiveCall uneven = call_of(Collective::alltoallv, 4);
        uneven.send_counts = {4, 5};
        uneven.recv_counts = {4, 5};
        EXPECT_EQ(me.group.unsupported_reason(uneven), std::nullopt);
        uneven.in_place = true;
        EXPECT_THAT(me.group.unsupported_reason(uneven).value_or(""), HasSubstr("same count"));
        return 0.0;
    });
}

TEST(SimGroup, buffers_hold_what_is_put_into_them)
{
    on_each_rank({}, 1, [](const Rank& me) {
        EXPECT_EQ(me.group.allocate(0)->size_bytes(), 0U);
        const auto buffer = me.group.allocate(6);
        buffer->fill(std::byte{7});
        buffer->upload(2, message(9, 3));
        EXPECT_EQ(content(*buffer),
                  (std::vector{std::byte{7}, std::byte{7}, std::byte{9}, std::byte{9}, std::byte{9}, std::byte{7}}));
        return 0.0;
    });
}

TEST(SimGroup, memory_is_shared_by_the_ranks)
{
    const auto available = [](const Rank& me) { return static_cast<double>(me.group.available_bytes()); };
    const auto bytes = on_each_rank({}, 64, available);
    EXPECT_THAT(bytes, Each(AllOf(testing::Gt(0), testing::Lt(on_each_rank({}, 1, available)[0] / 2))));
}

}  // namespace
}  // namespace plumbline::sim
