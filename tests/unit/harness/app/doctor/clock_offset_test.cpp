// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/clock_offset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Barriers of 10 ms at 100 s, 101 s, ... of the true time, seen by a clock that is `ahead_s` ahead.
BarrierTimes seen_by(double ahead_s, double late_s = 0)
{
    BarrierTimes times;
    for (std::size_t round = 0; round < BarrierTimes::rounds; ++round) {
        times.before.at(round) = 100.0 + static_cast<double>(round) + late_s + ahead_s;
        times.after.at(round) = 100.01 + static_cast<double>(round) + ahead_s;
    }
    return times;
}

TEST(OffsetBounds, hold_the_offset_as_narrow_as_a_barrier_is_long)
{
    const OffsetBounds bounds = offset_bounds(seen_by(3), seen_by(0));
    EXPECT_NEAR(bounds.least, 2.99, 1e-9);
    EXPECT_NEAR(bounds.most, 3.01, 1e-9);
}

TEST(OffsetBounds, are_narrower_where_a_node_came_last)
{
    const OffsetBounds bounds = offset_bounds(seen_by(0, 0.009), seen_by(0));
    EXPECT_NEAR(bounds.least, -0.001, 1e-9);
    EXPECT_NEAR(bounds.most, 0.01, 1e-9);
}

TEST(JudgeClocks, names_who_is_off_and_by_how_much)
{
    const std::vector<std::string> hosts{"node1", "node2", "node3", "node4"};
    const auto findings =
        judge_clocks(hosts, std::vector<BarrierTimes>{seen_by(0), seen_by(0.02), seen_by(-7), seen_by(0)});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings[0].hosts, ElementsAre("node3"));
    EXPECT_THAT(findings[0].problem, HasSubstr("7.0 s behind"));
}

TEST(JudgeClocks, names_the_first_node_where_it_is_the_one_that_is_off)
{
    const std::vector<std::string> hosts{"node1", "node2", "node3"};
    const auto findings = judge_clocks(hosts, std::vector<BarrierTimes>{seen_by(60), seen_by(0), seen_by(0)});
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_THAT(findings[0].hosts, ElementsAre("node1"));
    EXPECT_THAT(findings[0].problem, HasSubstr("60.0 s ahead of"));
}

TEST(JudgeClocks, claims_nothing_that_the_barriers_leave_open)
{
    const std::vector<std::string> hosts{"node1", "node2"};
    BarrierTimes slow = seen_by(0.15);
    for (double& after : slow.after) {
        after += 5;  // a barrier of 5 s
    }
    BarrierTimes slow_too = seen_by(0);
    for (double& after : slow_too.after) {
        after += 5;
    }
    EXPECT_THAT(judge_clocks(hosts, std::vector<BarrierTimes>{slow_too, slow}), IsEmpty());
    EXPECT_THAT(judge_clocks({}, {}), IsEmpty());
}

}  // namespace
}  // namespace plumbline::app
