// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/clock.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

class CountingClock final : public Clock {
public:
    explicit CountingClock(double per_second) : per_second_(per_second) {}
    double now_s() const noexcept override { return 0; }
    double counts_per_second() const noexcept override { return per_second_; }

private:
    double per_second_;
};

TEST(Clock, seconds_of_a_clock_that_counts_are_whole_counts_over_the_executions)
{
    const CountingClock nanoseconds(1e9);
    const double late = 123456.000000789;  // after a day of uptime a double is off by 15 femtoseconds
    const double later = 123456.000003789;
    EXPECT_EQ(in_counts(later - late, nanoseconds, 1), 3000 / 1e9);
    EXPECT_EQ(in_counts(later - late, nanoseconds, 7), 3000 / 7e9);
    EXPECT_EQ(in_counts(0, nanoseconds, 1), 0);
}

TEST(Clock, seconds_of_a_clock_that_shows_any_number_stay_as_they_are)
{
    const CountingClock virtual_time(0);
    EXPECT_EQ(in_counts(0.1 + 0.2, virtual_time, 1), 0.1 + 0.2);
    EXPECT_EQ(in_counts(0.75, virtual_time, 3), 0.25);
}

}  // namespace
}  // namespace plumbline
