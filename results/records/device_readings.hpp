// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/device_reading.hpp"
#include "results/records/interference.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

/// Readings of a rank's device, taken right before and right after a round.
struct DeviceReadings {
    DeviceReading before, after;
    bool operator==(const DeviceReadings&) const = default;
};

/// One column of DeviceReadings. Messages, the file and its readers all use this list.
struct DeviceField {
    std::string_view name;
    std::string_view unit;
    DeviceReading DeviceReadings::* when;
    std::optional<double> DeviceReading::* what;

    std::optional<double>& of(DeviceReadings& watch) const { return watch.*when.*what; }
    const std::optional<double>& of(const DeviceReadings& watch) const { return watch.*when.*what; }
};
inline constexpr std::array device_fields{
    DeviceField{"clock_before_hz", "Hz", &DeviceReadings::before, &DeviceReading::clock_hz},
    DeviceField{"clock_after_hz", "Hz", &DeviceReadings::after, &DeviceReading::clock_hz},
    DeviceField{"power_before_w", "W", &DeviceReadings::before, &DeviceReading::power_w},
    DeviceField{"power_after_w", "W", &DeviceReadings::after, &DeviceReading::power_w},
    DeviceField{"temperature_before_c", "degC", &DeviceReadings::before, &DeviceReading::temperature_c},
    DeviceField{"temperature_after_c", "degC", &DeviceReadings::after, &DeviceReading::temperature_c},
    DeviceField{"throttle_reasons_before", "1", &DeviceReadings::before, &DeviceReading::throttle_reasons},
    DeviceField{"throttle_reasons_after", "1", &DeviceReadings::after, &DeviceReading::throttle_reasons},
    DeviceField{"corrected_errors_before", "1", &DeviceReadings::before, &DeviceReading::corrected_errors},
    DeviceField{"corrected_errors_after", "1", &DeviceReadings::after, &DeviceReading::corrected_errors},
    DeviceField{"uncorrected_errors_before", "1", &DeviceReadings::before, &DeviceReading::uncorrected_errors},
    DeviceField{"uncorrected_errors_after", "1", &DeviceReadings::after, &DeviceReading::uncorrected_errors},
    DeviceField{"link_errors_before", "1", &DeviceReadings::before, &DeviceReading::link_errors},
    DeviceField{"link_errors_after", "1", &DeviceReadings::after, &DeviceReading::link_errors}};

/// As a row of numbers, NaN for absent ones, and back.
std::array<double, device_fields.size()> to_numbers(const DeviceReadings& watch);
DeviceReadings device_readings_from(std::span<const double, device_fields.size()> numbers);

/// "hardware thermal slowdown, power cap": the names of those bits that hold a clock down. Bits for an idle device, a
/// clock that was set, and synchronised boosts don't count. Empty when none is left.
std::string throttling_in(double reasons);

/// One sentence where throttling can explain why `spread` is wider than asked for; nothing otherwise. It can where a
/// device was throttled before or after the round; of several, the one with the largest drop of its clock is named.
/// `who` as in explain_spread(). Pure.
std::optional<Sentence> explain_by_devices(const Spread& spread, std::span<const DeviceReadings> ranks,
                                           std::span<const std::string> who);

/// One sentence about the first device that counted uncorrected memory errors or link errors during the round; nothing
/// where no device did. Pure.
std::optional<Sentence> describe_device_errors(std::span<const DeviceReadings> ranks, std::span<const std::string> who);

}  // namespace plumbline
