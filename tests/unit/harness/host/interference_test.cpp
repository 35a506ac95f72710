// SPDX-License-Identifier: Apache-2.0
#include "harness/host/interference.hpp"

#include <gtest/gtest.h>
#include <string_view>

namespace plumbline {
namespace {

constexpr std::string_view stat =
    "cpu  30 0 0 0 0 0 0 300 0 0\n"
    "cpu0 10 0 0 0 0 0 0 100 0 0\n"
    "cpu1 20 0 0 0 0 0 0 200 0 0\n"
    "cpu12 20 0 0 0 0 0 0 900 0 0\n"
    "intr 5 cpu1\n";

TEST(HostInterference, steal_is_the_mean_of_the_cores_that_are_asked_for)
{
    EXPECT_EQ(parse_steal_s(stat, [](int core) { return core < 2; }, 100), 1.5);
    EXPECT_EQ(parse_steal_s(stat, [](int core) { return core == 12; }, 100), 9);
}

TEST(HostInterference, what_the_system_does_not_tell_is_absent)
{
    const auto any = [](int) { return true; };
    EXPECT_FALSE(parse_steal_s("", any, 100));
    EXPECT_FALSE(parse_steal_s("cpu0 1 2 3 4\n", any, 100)) << "kernels before 2.6.11";
    EXPECT_FALSE(parse_steal_s(stat, [](int) { return false; }, 100));
    EXPECT_FALSE(parse_migrations(""));
    EXPECT_FALSE(parse_migrations("se.nr_migrations                             :  none\n"));
    EXPECT_FALSE(between({}, {}).involuntary_switches);
}

TEST(HostInterference, migrations_are_read_from_the_line_of_that_name)
{
    EXPECT_EQ(parse_migrations("nr_switches : 7\nse.nr_migrations         :                   42\nx : 1\n"), 42);
}

TEST(HostInterference, a_difference_is_taken_of_counters_and_the_later_frequency_kept)
{
    InterferenceCounters before{.at_s = 1, .involuntary_switches = 5, .steal_s = 0.5, .frequency_hz = 2e9};
    InterferenceCounters after{.at_s = 3, .involuntary_switches = 9, .steal_s = 0.75, .frequency_hz = 3e9};
    EXPECT_EQ(between(before, after),
              (Interference{.seconds = 2, .involuntary_switches = 4, .steal_s = 0.25, .frequency_hz = 3e9}));
}

TEST(HostInterference, this_process_counts_its_switches)
{
    const auto first = read_interference_counters();
    const auto second = read_interference_counters();
    ASSERT_TRUE(first.involuntary_switches && second.involuntary_switches);
    EXPECT_GE(*second.involuntary_switches, *first.involuntary_switches);
}

}  // namespace
}  // namespace plumbline
