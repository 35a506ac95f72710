// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/session.hpp"

#include "collectives/control/address.hpp"
#include "collectives/control/socket.hpp"
#include "tests/support/communicator_claims.hpp"
#include "tests/support/tcp_ranks.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

class TcpCommunicator : public testing::TestWithParam<std::tuple<int, test::CommunicatorClaim>> {};

TEST_P(TcpCommunicator, holds)
{
    const auto& [size, claim] = GetParam();
    test::expect_ranks_run({.size = size, .adjust = {}},
                           [&](control::Session& session) { claim.check(session.world()); });
}

std::string name_of_claim(const testing::TestParamInfo<std::tuple<int, test::CommunicatorClaim>>& which)
{
    return "of_" + std::to_string(std::get<0>(which.param)) + "_" + std::get<1>(which.param).name;
}

/// Without the one that is about a group's name, and takes long on many ranks.
std::vector<test::CommunicatorClaim> claims_of_many()
{
    std::vector<test::CommunicatorClaim> claims;
    std::ranges::copy_if(test::communicator_claims(), std::back_inserter(claims), [](const auto& claim) {
        return std::string(claim.name).find("more_often") == std::string::npos;
    });
    return claims;
}

INSTANTIATE_TEST_SUITE_P(Few, TcpCommunicator,
                         testing::Combine(testing::Values(1, 2, 3), testing::ValuesIn(test::communicator_claims())),
                         name_of_claim);
// Two levels in the launch's tree (of degree 16), three in others (of degree 4).
INSTANTIATE_TEST_SUITE_P(Many, TcpCommunicator,
                         testing::Combine(testing::Values(20), testing::ValuesIn(claims_of_many())), name_of_claim);

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string name_of(const std::vector<test::ProcessEnd>& ends, int rank)
{
    return "rank " + std::to_string(rank) + " on host" + std::to_string(rank) + " (pid " +
           std::to_string(ends[static_cast<std::size_t>(rank)].pid) + ")";
}

/// The ranks of this launch in another order, drawn by `seed`; only every `step`th from the rank's own class.
std::vector<int> some_ranks(int size, int rank, int step, unsigned seed)
{
    std::vector<int> ranks;
    for (int each = rank % step; each < size; each += step) {
        ranks.push_back(each);
    }
    std::shuffle(ranks.begin(), ranks.end(), std::minstd_rand(seed));
    return ranks;
}

TEST(Session, of_256_ranks_in_many_groups_none_holds_more_than_40_connections)
{
    std::atomic<int> most = 0;
    test::expect_ranks_run({.size = 256, .adjust = {}}, [&](control::Session& session) {
        Communicator& world = session.world();
        EXPECT_LE(session.connections(), 17 + 4);
        std::vector<std::unique_ptr<Communicator>> groups;
        for (const int step : {1, 2, 3, 5, 8, 1, 2, 13}) {
            const auto seed = static_cast<unsigned>(groups.size() + 1);
            groups.push_back(world.subgroup(some_ranks(world.size(), world.rank(), step, seed)));
            for (const auto& group : groups) {
                const auto members = group->members();
                EXPECT_EQ(group->allreduce_max(world.rank()), std::ranges::max(members));
                EXPECT_EQ(broadcast_value(*group, world.rank(), group->size() - 1), members.back());
            }
            world.barrier();
        }
        int seen = most;
        while (session.most_connections() > seen && !most.compare_exchange_weak(seen, session.most_connections())) {
        }
    });
    EXPECT_LE(most, 40);
    EXPECT_GT(most, 17);
}

TEST(Session, silent_strangers_keep_no_lane_out_while_the_launch_runs)
{
    const test::LaunchShape shape{.size = 6, .adjust = {}};
    test::expect_ranks_run(shape, [&](control::Session& session) {
        Communicator& world = session.world();
        std::vector<control::Socket> strangers;
        if (world.rank() == 5) {
            std::string why;
            const auto rank_0 = control::resolve(shape.host, static_cast<std::uint16_t>(shape.port), why).front();
            for (int i = 0; i < 200; ++i) {
                strangers.push_back(control::Socket::connect(rank_0));
            }
        }
        world.barrier();
        // Rank 0 is a leaf of this group, below rank 1, which has to be let in.
        const auto group = world.subgroup(std::vector{5, 1, 4, 3, 2, 0});
        EXPECT_EQ(group->allreduce_max(world.rank()), 5);
        EXPECT_EQ(broadcast_value(*group, world.rank(), 3), 3);
        // And rank 4 has a message for it.
        if (world.rank() == 4) {
            group->send(std::as_bytes(std::span("message")), 5);
        }
        if (world.rank() == 0) {
            EXPECT_EQ(group->receive(2).size(), sizeof "message");
        }
        EXPECT_LE(session.most_connections(), 40);
    });
}

TEST(Session, ranks_that_all_send_first_do_not_block_each_other)
{
    const std::vector<std::byte> much(8'000'000, std::byte{42});
    test::expect_ranks_run({.size = 3, .adjust = {}}, [&](control::Session& session) {
        Communicator& world = session.world();
        for (const int step : {1, 2}) {
            world.send(much, (world.rank() + step) % 3);
        }
        for (const int step : {1, 2}) {
            EXPECT_TRUE(world.receive((world.rank() + step) % 3) == much);
        }
    });
}

TEST(Session, a_rank_that_is_killed_is_named_on_every_other_wherever_it_stood)
{
    // 0: the root. 1: has children (17 to 19). 18: a leaf.
    for (const int victim : {0, 1, 18}) {
        const auto ends = test::run_processes({.size = 20, .adjust = {}}, [&](control::Session& session) {
            session.world().barrier();
            if (session.world().rank() == victim) {
                ::raise(SIGKILL);
            }
            session.world().barrier();
        });
        for (int rank = 0; rank < 20; ++rank) {
            const test::ProcessEnd& end = ends[static_cast<std::size_t>(rank)];
            EXPECT_EQ(end.status, rank == victim ? 128 + SIGKILL : 5) << rank;
            if (rank != victim) {
                EXPECT_THAT(end.sentence, StartsWith(name_of(ends, victim) + " has left in the middle of the launch"));
            }
        }
    }
}

TEST(Session, a_rank_learns_of_a_death_in_its_next_call_whichever_it_is)
{
    const std::function<void(Communicator&)> calls[] = {
        [](Communicator& world) { world.barrier(); },
        [](Communicator& world) { broadcast_value(world, 1, world.rank()); },
        [](Communicator& world) { gather_values(world, 1, 0); },
        [](Communicator& world) { world.send({}, world.rank()); },
        [](Communicator& world) { world.receive(1); },
    };
    test::expect_ranks_run({.size = 2, .adjust = {}}, [&](control::Session& session) {
        if (session.world().rank() != 0) {
            throw control::LaunchBroken("");  // the session is left while an exception is in flight: as a death
        }
        for (const auto& call : calls) {
            while (true) {
                try {
                    call(session.world());
                } catch (const control::LaunchBroken& error) {
                    EXPECT_THAT(error.what(),
                                AllOf(StartsWith("rank 1 on host1"), HasSubstr("has left in the middle")));
                    break;
                }
            }
        }
    });
}

TEST(Session, who_waits_for_a_rank_that_left_in_order_is_told_so)
{
    const auto ends = test::run_ranks({.size = 3, .adjust = {}}, [](control::Session& session) {
        if (session.world().rank() != 2) {
            session.world().barrier();
        }
    });
    EXPECT_EQ(ends[2].sentence, "");
    EXPECT_THAT(ends[0].sentence,
                AllOf(StartsWith("rank 2 on host2"), HasSubstr(" has left the launch while rank 0 on host0 ")));
    EXPECT_THAT(ends[1].sentence, AllOf(StartsWith("rank 0 on host0"), HasSubstr(" has left in the middle")));
}

TEST(Session, ranks_may_leave_in_any_order)
{
    for (const int last : {0, 1, 19}) {
        test::expect_ranks_run({.size = 20, .adjust = {}}, [&](control::Session& session) {
            if (session.world().rank() == last) {
                std::this_thread::sleep_for(std::chrono::milliseconds(30));
            }
        });
    }
}

TEST(Session, an_abort_ends_every_rank_with_its_status)
{
    const auto ends = test::run_processes({.size = 20, .adjust = {}}, [](control::Session& session) {
        if (session.world().rank() == 18) {
            session.world().abort(7);
        }
        session.world().barrier();
    });
    for (const test::ProcessEnd& end : ends) {
        EXPECT_EQ(end.status, 7);
    }
}

TEST(Session, an_abort_ends_those_too_that_wait_to_leave)
{
    const auto ends = test::run_processes({.size = 20, .adjust = {}}, [](control::Session& session) {
        if (session.world().rank() == 18) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            session.world().abort(7);
        }
    });
    for (const std::size_t rank : {0U, 1U, 18U}) {  // those above rank 18 in the tree
        EXPECT_EQ(ends[rank].status, 7) << rank;
    }
}

TEST(Session, sixteen_ranks_get_along_with_64_descriptors_each)
{
    const auto ends = test::run_processes({.size = 16,
                                           .adjust =
                                               [](control::JoinSettings& settings) {
                                                   // Called in the rank's own process, before it has connections.
                                                   settings.interrupted = [] {
                                                       const rlimit few{.rlim_cur = 64, .rlim_max = 64};
                                                       ::setrlimit(RLIMIT_NOFILE, &few);
                                                       return false;
                                                   };
                                                   return true;
                                               }},
                                          [](control::Session& session) {
                                              Communicator& world = session.world();
                                              std::vector<std::unique_ptr<Communicator>> groups;
                                              for (unsigned seed = 0; seed < 8; ++seed) {
                                                  groups.push_back(world.subgroup(some_ranks(16, 0, 1, seed)));
                                                  if (groups.back()->allreduce_max(world.rank()) != 15) {
                                                      throw std::runtime_error("another largest rank");
                                                  }
                                              }
                                          });
    for (const test::ProcessEnd& end : ends) {
        EXPECT_EQ(end.status, 0) << end.sentence;
    }
}

TEST(Session, no_descriptor_goes_to_a_program_that_a_rank_starts)
{
    test::expect_ranks_run({.size = 2, .adjust = {}}, [](control::Session& session) {
        session.world().barrier();
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            const int descriptor = std::stoi(entry.path().filename());
            struct stat about{};
            if (::fstat(descriptor, &about) == 0 && S_ISSOCK(about.st_mode)) {
                EXPECT_NE(::fcntl(descriptor, F_GETFD) & FD_CLOEXEC, 0) << descriptor;
            }
        }
        session.world().barrier();
    });
}

}  // namespace
}  // namespace plumbline
