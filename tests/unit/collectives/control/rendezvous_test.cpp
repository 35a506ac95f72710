// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/rendezvous.hpp"

#include "collectives/control/socket.hpp"
#include "collectives/util/error.hpp"
#include "tests/support/tcp_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace plumbline {
namespace {

using control::JoinSettings;
using control::Session;
using control::Socket;
using test::LaunchShape;
using test::RankEnd;
using test::run_ranks;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

void agree(Session& session)
{
    session.world().barrier();
}

LaunchShape short_launch(int size, std::function<bool(JoinSettings&)> adjust)
{
    LaunchShape shape{.size = size, .adjust = {}};
    shape.adjust = [adjust = std::move(adjust)](JoinSettings& settings) {
        settings.timeout = std::chrono::milliseconds(1500);
        return adjust(settings);
    };
    return shape;
}

control::Address at(int port)
{
    std::string why;
    return control::resolve("127.0.0.1", static_cast<std::uint16_t>(port), why).front();
}

void expect_ranks_meet_at(const std::string& host)
{
    test::expect_ranks_run({.size = 3, .host = host, .adjust = {}}, [](Session& session) {
        EXPECT_EQ(session.world().allreduce_max(session.world().rank()), 2);
        // Another way than the tree's.
        const int others[] = {2, 1};
        if (session.world().rank() != 0) {
            session.world().subgroup(others)->barrier();
        }
    });
}

TEST(Meeting, ranks_meet_at_addresses_and_names)
{
    expect_ranks_meet_at("127.0.0.1");
    expect_ranks_meet_at("localhost");
}

TEST(Meeting, ranks_meet_at_addresses_of_ipv6)
{
    std::ifstream interfaces("/proc/net/if_inet6");
    if (interfaces.peek() == std::ifstream::traits_type::eof()) {
        GTEST_SKIP() << "this system has no IPv6";
    }
    expect_ranks_meet_at("::1");
    expect_ranks_meet_at("[::1]");
}

TEST(Meeting, without_a_token_ranks_meet_too)
{
    test::expect_ranks_run({.size = 3,
                            .adjust =
                                [](JoinSettings& settings) {
                                    settings.token.clear();
                                    return true;
                                }},
                           agree);
}

TEST(Meeting, ranks_wait_for_one_that_is_late_rank_0_or_another)
{
    for (const int late : {0, 2}) {
        LaunchShape shape{.size = 3, .adjust = {}};
        std::thread late_one;
        // Its settings are made last where it is rank 0: the others are already there.
        shape.adjust = [&](JoinSettings& settings) {
            if (settings.rank != late) {
                return true;
            }
            late_one = std::thread([settings] {
                std::this_thread::sleep_for(std::chrono::milliseconds(200));
                Session session(settings);
                agree(session);
            });
            return false;
        };
        for (const RankEnd& end : run_ranks(shape, agree)) {
            EXPECT_EQ(end.sentence, "");
        }
        late_one.join();
    }
}

TEST(Meeting, who_never_comes_is_named_on_every_rank)
{
    const LaunchShape shape =
        short_launch(9, [](JoinSettings& settings) { return settings.rank < 3 || settings.rank == 4; });
    const auto ends = run_ranks(shape, agree);
    const std::string place = "127.0.0.1:" + std::to_string(shape.port);
    for (const int rank : {0, 1, 2, 4}) {
        const RankEnd& end = ends[static_cast<std::size_t>(rank)];
        EXPECT_TRUE(end.user_error);
        EXPECT_THAT(end.sentence, AllOf(StartsWith("ranks 3, 5 to 8 of 9 have not come to " + place +
                                                   " within 1.5 s; those that came: rank 0 on host0 (pid "),
                                        HasSubstr("rank 4 on host4 (pid ")))
            << rank;
    }
}

TEST(Meeting, a_rank_0_that_never_comes_is_missed)
{
    const auto ends = run_ranks(short_launch(2,
                                             [](JoinSettings& settings) {
                                                 settings.timeout = std::chrono::milliseconds(200);
                                                 return settings.rank == 1;
                                             }),
                                agree);
    EXPECT_TRUE(ends[1].user_error);
    EXPECT_THAT(ends[1].sentence,
                AllOf(StartsWith("rank 1 on host1 (pid "), HasSubstr(" has not reached rank 0 at 127.0.0.1:"),
                      HasSubstr(" within 0.2 s (Connection refused)")));
}

TEST(Meeting, a_host_that_there_is_not_is_named)
{
    const auto ends = run_ranks(short_launch(2,
                                             [](JoinSettings& settings) {
                                                 settings.host = "no.such.host.invalid";
                                                 settings.timeout = std::chrono::milliseconds(200);
                                                 return settings.rank == 1;
                                             }),
                                agree);
    EXPECT_THAT(ends[1].sentence, HasSubstr(" has not reached rank 0 at no.such.host.invalid:"));
}

TEST(Meeting, a_wrong_token_is_refused_and_rank_0_names_who_had_it)
{
    const auto ends = run_ranks(short_launch(3,
                                             [](JoinSettings& settings) {
                                                 settings.token = settings.rank == 2 ? "wrong" : "right";
                                                 return true;
                                             }),
                                agree);
    EXPECT_TRUE(ends[2].user_error);
    EXPECT_THAT(ends[2].sentence,
                AllOf(StartsWith("rank 2 on host2 was refused by rank 0 at "), HasSubstr(": its token differs")));
    for (const int rank : {0, 1}) {
        EXPECT_THAT(ends[static_cast<std::size_t>(rank)].sentence,
                    AllOf(StartsWith("rank 2 of 3 has not come to "), HasSubstr("Turned away: rank 2 on host2 (from "),
                          HasSubstr("its token differs")));
    }
}

/// Settings that contradict those of the others, and what all ranks say of that at once.
struct Contradiction {
    const char* name;
    std::function<void(JoinSettings&)> of_rank_2;
    std::string sentence;
};

TEST(Meeting, contradictions_are_said_at_once_on_every_rank)
{
    const Contradiction contradictions[] = {
        {"size", [](JoinSettings& settings) { settings.size = 5; },
         "says that there are 5 ranks, rank 0 on host0 says 3"},
        {"version", [](JoinSettings& settings) { settings.version = "9.9.9"; },
         "is plumbline 9.9.9, rank 0 on host0 is "},
        {"rank 1 twice", [](JoinSettings& settings) { settings.rank = 1; }, "rank 1 came twice: from host"},
    };
    for (const Contradiction& contradiction : contradictions) {
        LaunchShape shape{.size = 3, .adjust = {}};
        shape.adjust = [&](JoinSettings& settings) {
            if (settings.rank == 2) {
                contradiction.of_rank_2(settings);
            }
            return true;
        };
        for (const RankEnd& end : run_ranks(shape, agree)) {
            EXPECT_TRUE(end.user_error) << contradiction.name;
            EXPECT_THAT(end.sentence, HasSubstr(contradiction.sentence)) << contradiction.name;
        }
    }
}

TEST(Meeting, settings_that_can_not_be_are_refused_before_anything_is_opened)
{
    struct Row {
        int rank, size;
        const char* host;
        int port;
        const char* sentence;
    };
    for (const Row& row : {Row{4, 4, "node1", 29500, "rank 4 of 4 ranks can't be"},
                           Row{0, 0, "node1", 29500, "rank 0 of 0 ranks can't be"},
                           Row{0, 2, "", 29500, "'', port 29500 can't be where rank 0 is met"},
                           Row{0, 2, "node1", 65536, "'node1', port 65536 can't be where rank 0 is met"}}) {
        JoinSettings settings;
        settings.rank = row.rank;
        settings.size = row.size;
        settings.host = row.host;
        settings.port = row.port;
        try {
            const Session session(settings);
            ADD_FAILURE() << row.sentence;
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), StartsWith(row.sentence));
        }
    }
}

TEST(Meeting, a_port_in_use_is_named)
{
    const Socket holder = Socket::listen(0);
    LaunchShape shape = short_launch(2, [](JoinSettings& settings) { return settings.rank == 0; });
    shape.port = holder.own_address()->port;
    const auto ends = run_ranks(shape, agree);
    EXPECT_TRUE(ends[0].user_error);
    EXPECT_THAT(ends[0].sentence,
                StartsWith("rank 0 can't listen at port " + std::to_string(shape.port) + " (Address already in use)"));
}

TEST(Meeting, an_interrupt_ends_the_wait)
{
    for (const int rank : {0, 1}) {
        LaunchShape shape{.size = 2, .adjust = {}};
        std::atomic<int> asked = 0;
        shape.adjust = [&](JoinSettings& settings) {
            settings.interrupted = [&] { return ++asked > 2; };
            return settings.rank == rank;
        };
        EXPECT_THAT(run_ranks(shape, agree)[static_cast<std::size_t>(rank)].sentence, StartsWith("interrupted while "));
    }
}

TEST(Meeting, strangers_that_are_silent_or_talk_nonsense_keep_nobody_out)
{
    LaunchShape shape{.size = 6, .adjust = {}};
    std::vector<Socket> strangers;
    std::thread rank_0;
    shape.adjust = [&](JoinSettings& settings) {
        if (settings.rank == 0) {
            rank_0 = std::thread([settings] {
                Session session(settings);
                agree(session);
            });
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            for (int i = 0; i < 1000; ++i) {
                Socket stranger = Socket::connect(at(settings.port));
                if (i % 10 == 0) {
                    const std::string nonsense(1000, static_cast<char>(i));
                    stranger.send(std::as_bytes(std::span(nonsense)));
                }
                strangers.push_back(std::move(stranger));
            }
            return false;
        }
        return true;
    };
    for (const RankEnd& end : run_ranks(shape, agree)) {
        EXPECT_EQ(end.sentence, "");
    }
    rank_0.join();
}

TEST(Meeting, what_is_no_plumbline_at_rank_0s_port_is_said)
{
    const Socket other = Socket::listen(0);
    LaunchShape shape = short_launch(2, [](JoinSettings& settings) {
        settings.timeout = std::chrono::milliseconds(200);
        return settings.rank == 1;
    });
    shape.port = other.own_address()->port;
    std::atomic<bool> stop = false;
    std::thread ssh([&] {
        std::vector<Socket> accepted;
        while (!stop) {
            if (auto came = other.accept()) {
                const std::string banner(300, 'S');
                came->first.send(std::as_bytes(std::span(banner)));
                accepted.push_back(std::move(came->first));
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    });
    const auto ends = run_ranks(shape, agree);
    stop = true;
    ssh.join();
    EXPECT_THAT(ends[1].sentence, HasSubstr("(what answers is no plumbline)"));
}

}  // namespace
}  // namespace plumbline
