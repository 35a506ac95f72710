// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/backend.hpp"
#include "harness/sync/clock_sync.hpp"
#include "harness/sync/start_sync.hpp"
#include "tests/mpi/launch.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <vector>

namespace plumbline {
namespace {

/// All ranks of this launch; tests start them on one host.
class SynchronisationTest : public testing::Test {
protected:
    SynchronisationTest() : backend_(session().make_backend()), group_(backend_->make_group(world())) {}

    static Communicator& world() { return session().world(); }
    Group& group() { return *group_; }
    const Clock& clock() const { return backend_->clock(); }
    static std::vector<int> one_node() { return std::vector<int>(static_cast<std::size_t>(world().size()), 0); }

    std::unique_ptr<Synchronisation> synchronised(const SyncSettings& sync)
    {
        auto made = std::make_unique<Synchronisation>(group(), world(), clock(), sync, one_node());
        made->begin_round();
        return made;
    }

    static double largest(double value)
    {
        std::vector<double> values{value};
        world().allreduce_max_each(values);
        return values.front();
    }

private:
    std::unique_ptr<Backend> backend_;
    std::unique_ptr<Group> group_;
};

TEST_F(SynchronisationTest, ranks_of_a_host_read_the_same_clock)
{
    // Moments in the order of messages: what rank 0 tells lies between two readings of every other.
    const double before = clock().now_s();
    world().barrier();
    const double told = broadcast_value(world(), clock().now_s(), 0);
    world().barrier();
    EXPECT_LE(before, told);
    EXPECT_GE(clock().now_s(), told);
}

TEST_F(SynchronisationTest, nobody_leaves_the_dissemination_barrier_before_all_have_come)
{
    DisseminationBarrier barrier(group());
    for (int i = 0; i < 50; ++i) {
        const double came = clock().now_s();
        barrier.meet();
        const double left = clock().now_s();
        EXPECT_GE(left, largest(came));
    }
}

TEST_F(SynchronisationTest, a_flag_of_any_rank_reaches_all)
{
    DisseminationBarrier barrier(group());
    for (int flagged = 0; flagged < world().size(); ++flagged) {
        EXPECT_TRUE(barrier.meet(world().rank() == flagged));
        EXPECT_FALSE(barrier.meet());
    }
}

TEST_F(SynchronisationTest, rank_0_tells_all_a_number)
{
    TreeBroadcast tell(group());
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(tell.share(world().rank() == 0 ? i : -1), i);
    }
}

TEST_F(SynchronisationTest, nobody_starts_before_a_window_opens_and_all_learn_who_was_late)
{
    const auto together = synchronised({.mode = SyncMode::window});
    ASSERT_FALSE(together->refusal());
    for (int i = 0; i < 50; ++i) {
        const double came = clock().now_s();
        together->start_sync().synchronize();
        EXPECT_GE(clock().now_s(), largest(came)) << "the window opens after the last rank has come";
    }
}

TEST_F(SynchronisationTest, a_rank_that_comes_too_late_for_a_margin_of_nothing_says_so)
{
    const auto together = synchronised({.mode = SyncMode::window, .margin_s = 1e-12});
    DisseminationBarrier barrier(group());
    for (int i = 0; i < 50; ++i) {
        together->start_sync().synchronize();
        const bool mine = together->start_sync().late();
        const bool someones = barrier.meet(mine);
        EXPECT_TRUE(someones || !mine);
        EXPECT_EQ(largest(someones ? 1 : 0), someones ? 1 : 0) << "the same on all ranks";
    }
}

TEST_F(SynchronisationTest, auto_says_what_it_came_to_and_all_ranks_came_to_the_same)
{
    const auto together = synchronised({});
    const auto mode = static_cast<double>(together->start_sync().mode());
    EXPECT_EQ(largest(mode), mode);
    EXPECT_NE(together->start_sync().mode(), SyncMode::automatic);
    for (int i = 0; i < 10; ++i) {
        together->start_sync().synchronize();
    }
}

TEST_F(SynchronisationTest, hca3_finds_the_clock_that_the_host_has_within_its_stated_error)
{
    // The truth is known here: all ranks read one clock, so every offset is 0.
    std::vector<ClockPoint> history;
    const ClockModel model = sync_clocks(group(), world(), clock(), {}, history);
    const double error_s = std::abs(model.common(model.at_s) - model.at_s);
    EXPECT_LE(error_s, model.error_s + 1e-9);
    EXPECT_EQ(history.size(), world().rank() == 0 ? 0U : 10U);
    RecordProperty("offset_ns", std::to_string(error_s * 1e9));
}

}  // namespace
}  // namespace plumbline
