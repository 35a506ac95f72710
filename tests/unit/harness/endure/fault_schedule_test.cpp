// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/fault_schedule.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace plumbline::endure {
namespace {

TEST(FaultSchedule, FaultsComeInTheOrderOfTheirTimesAndOnce)
{
    FaultSchedule schedule(
        {{.kind = SoakFaultKind::stop, .rank = 2, .at_s = 20}, {.kind = SoakFaultKind::kill, .rank = 1, .at_s = 5}}, {},
        0);
    EXPECT_FALSE(schedule.take(4.9, 8));
    const auto waiting = schedule.next_due(30, 8);
    const DueFault first = schedule.take(30, 8).value();
    EXPECT_EQ(first, waiting);
    EXPECT_EQ(first.kind, SoakFaultKind::kill);
    EXPECT_EQ(first.rank, 1);
    EXPECT_EQ(first.entry, "1");
    EXPECT_EQ(schedule.take(30, 8)->kind, SoakFaultKind::stop);
    EXPECT_FALSE(schedule.take(1e9, 8));
    EXPECT_FALSE(schedule.next_s());
}

TEST(FaultSchedule, RandomFaultsHaveTheirMeanAndTheSeedsOrder)
{
    const std::vector<SoakFault> faults{
        {.kind = SoakFaultKind::random, .every_s = 100, .seed = 7, .of = {SoakFaultKind::kill, SoakFaultKind::stop}}};
    FaultSchedule one(faults, {}, 0);
    FaultSchedule other(faults, {}, 0);
    double now = 0;
    int kills = 0;
    constexpr int count = 4000;
    for (int i = 0; i < count; ++i) {
        now = one.next_s().value();
        const auto due = one.take(now, 16);
        EXPECT_EQ(due, other.take(now, 16));
        kills += due->kind == SoakFaultKind::kill ? 1 : 0;
        EXPECT_LT(due->rank, 16);
    }
    EXPECT_NEAR(now / count, 100, 5);  // three standard errors of an exponential
    EXPECT_NEAR(kills, count / 2, 95);
}

TEST(FaultSchedule, AResumedSoakGoesOnWithTheNextFault)
{
    const std::vector<SoakFault> faults{
        {.kind = SoakFaultKind::random, .every_s = 100, .seed = 7, .times = 3, .of = {SoakFaultKind::kill}},
        {.kind = SoakFaultKind::stop, .at_s = 5}};
    FaultSchedule schedule(faults, {{"0", 2}, {"1", 1}}, 50);
    const double next = schedule.next_s().value();
    EXPECT_GT(next, 50);
    EXPECT_TRUE(schedule.take(next, 4));
    EXPECT_FALSE(schedule.next_s());
}

TEST(FaultSchedule, AnInjectedLoadTimeIsOfEveryLoad)
{
    FaultSchedule schedule({{.kind = SoakFaultKind::slow_load, .delay_s = 2}}, {}, 0);
    EXPECT_DOUBLE_EQ(schedule.load_s(), 2);
    EXPECT_FALSE(schedule.next_s());
}

}  // namespace
}  // namespace plumbline::endure
