// SPDX-License-Identifier: Apache-2.0
#include "results/records/device_readings.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace plumbline {
namespace {

const Spread wide{.measured = 0.05, .asked = 0.02};
const std::vector<std::string> who{"rank 0 on a", "rank 1 on b"};

DeviceReadings at(double clock_hz, double reasons)
{
    const DeviceReading reading{.clock_hz = clock_hz, .throttle_reasons = reasons};
    return {.before = reading, .after = reading};
}

TEST(DeviceReadings, numbers_there_and_back_keep_what_is_absent)
{
    const DeviceReadings watch{.before = {.clock_hz = 1e9, .throttle_reasons = 0}, .after = {.link_errors = 3}};
    EXPECT_EQ(device_readings_from(to_numbers(watch)), watch);
    EXPECT_EQ(device_readings_from(to_numbers(DeviceReadings{})), DeviceReadings{});
}

TEST(DeviceReadings, only_what_holds_a_clock_down_is_throttling)
{
    EXPECT_EQ(throttling_in(0), "");
    EXPECT_EQ(throttling_in(0x1 | 0x2 | 0x10 | 0x100), "");
    EXPECT_EQ(throttling_in(0x40), "hardware thermal slowdown");
    EXPECT_EQ(throttling_in(0x4 | 0x20), "power cap, software thermal slowdown");
}

TEST(DeviceReadings, a_wide_interval_is_explained_by_the_throttled_device_with_the_lowest_clock)
{
    EXPECT_EQ(
        explain_by_devices(wide, std::vector{at(1.4e9, 0x4), at(1.2e9, 0x40)}, who),
        "the interval is +-5.0 % (2 % asked) and the device of rank 1 on b was throttled: hardware thermal slowdown "
        "(at 1200 MHz)");
    const DeviceReadings only_after{.before = {.throttle_reasons = 0}, .after = {.throttle_reasons = 0x8}};
    EXPECT_EQ(explain_by_devices(wide, std::vector{only_after}, {}),
              "the interval is +-5.0 % (2 % asked) and the device of rank 0 was throttled: hardware slowdown");
}

TEST(DeviceReadings, explains_nothing_where_no_device_is_throttled_or_the_interval_is_as_asked)
{
    EXPECT_FALSE(explain_by_devices(wide, std::vector{at(1e9, 0x1), DeviceReadings{}}, who));
    EXPECT_FALSE(explain_by_devices({.measured = 0.02, .asked = 0.02}, std::vector{at(1e9, 0x40)}, who));
    EXPECT_FALSE(explain_by_devices(wide, {}, who));
}

TEST(DeviceReadings, errors_are_those_that_were_counted_during_the_round)
{
    DeviceReadings watch{.before = {.uncorrected_errors = 7, .link_errors = 5},
                         .after = {.uncorrected_errors = 7, .link_errors = 5}};
    EXPECT_FALSE(describe_device_errors(std::vector{watch}, who));
    watch.after.link_errors = 8;
    EXPECT_EQ(
        describe_device_errors(std::vector{DeviceReadings{}, watch}, who),
        "the device of rank 1 on b counted 0 uncorrected errors of its memory and 3 errors of its links during the "
        "round");
    watch.after.link_errors = std::nullopt;  // it stopped telling
    EXPECT_FALSE(describe_device_errors(std::vector{watch}, who));
}

}  // namespace
}  // namespace plumbline
