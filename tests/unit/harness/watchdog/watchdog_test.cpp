// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watchdog.hpp"

#include "tests/support/tcp_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What the watchdogs of a launch said, and how many ended their process.
class Ends {
public:
    WatchdogSettings settings(std::vector<int> node_of_rank, double bound_s)
    {
        WatchdogSettings made;
        made.bound_s = bound_s;
        for (std::size_t rank = 0; rank < node_of_rank.size(); ++rank) {
            made.names.push_back("rank " + std::to_string(rank));
        }
        made.node_of_rank = std::move(node_of_rank);
        made.work = [](std::uint32_t) { return "the case"; };
        made.report = [this](const HangReport& report) {
            const std::lock_guard guard(mutex_);
            said_.push_back(report.sentence);
        };
        made.end_process = [this] {
            const std::lock_guard guard(mutex_);
            ++ended_;
            changed_.notify_all();
        };
        return made;
    }
    void wait_for(int ended)
    {
        std::unique_lock guard(mutex_);
        changed_.wait_for(guard, std::chrono::seconds(60), [&] { return ended_ >= ended; });
        EXPECT_GE(ended_, ended);
    }
    std::vector<std::string> said()
    {
        const std::lock_guard guard(mutex_);
        return said_;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> said_;
    int ended_ = 0;
};

TEST(Watchdog, watches_all_ranks_of_all_nodes_and_says_nothing_of_a_healthy_launch)
{
    Ends ends;
    test::expect_ranks_run({.size = 7, .adjust = {}}, [&](control::Session& session) {
        RankStatus status;
        Watchdog watchdog(session.world(), status, ends.settings({0, 0, 0, 1, 1, 2, 2}, 60));
        session.world().barrier();
        EXPECT_THAT(watchdog.unwatched(), IsEmpty());
        session.world().barrier();
    });
    EXPECT_THAT(ends.said(), IsEmpty());
}

TEST(Watchdog, tells_a_hang_and_ends_every_rank)
{
    Ends ends;
    test::expect_ranks_run({.size = 5, .adjust = {}}, [&](control::Session& session) {
        RankStatus status;
        status.begin(4);
        status.enter(session.world().rank() == 4 ? RankPhase::aligning : RankPhase::timed);
        const Watchdog watchdog(session.world(), status, ends.settings({0, 0, 1, 1, 1}, 1));
        ends.wait_for(5);
    });
    EXPECT_THAT(ends.said(), ElementsAre(HasSubstr("rank 4 has not entered the case")));
}

TEST(Watchdog, takes_storing_that_goes_on_for_no_hang_however_long_it_takes)
{
    Ends ends;
    test::expect_ranks_run({.size = 2, .adjust = {}}, [&](control::Session& session) {
        RankStatus status;
        const Watchdog watchdog(session.world(), status, ends.settings({0, 0}, 1));
        if (session.world().rank() == 0) {
            for (int written = 0; written < 30; ++written) {  // three times the bound
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                status.go_on();
            }
            EXPECT_THAT(ends.said(), IsEmpty());
        }
        ends.wait_for(2);  // and once it stands still it is told
    });
    EXPECT_THAT(ends.said(), ElementsAre(HasSubstr("none makes progress")));
}

}  // namespace
}  // namespace plumbline
