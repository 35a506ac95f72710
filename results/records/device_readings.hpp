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

/// A rank's device right before and right after a round.
struct DeviceReadings {
    DeviceReading before, after;
    bool operator==(const DeviceReadings&) const = default;
};

/// One column of a DeviceReadings: the one list for the wire, the file and its readers.
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

/// A row of numbers, NaN for what is absent, and back.
std::array<double, device_fields.size()> to_numbers(const DeviceReadings& watch);
DeviceReadings device_watch_from(std::span<const double, device_fields.size()> numbers);

/// "hardware thermal slowdown, power cap": the reasons among these bits that hold a clock down. Idleness, a clock that
/// somebody set and synchronised boosts are none. Empty when there is none.
std::string throttling_in(double reasons);

/// One sentence when throttling can explain that `spread` is wider than asked; nothing otherwise. It can where a device
/// was throttled before or after the round; of several the one whose clock fell furthest is named. `who` as in
/// explain_spread(). Pure.
std::optional<std::string> explain_by_devices(const Spread& spread, std::span<const DeviceReadings> ranks,
                                              std::span<const std::string> who);

/// One sentence for the first device on which memory errors that were not corrected, or errors of links, were counted
/// during the round; nothing otherwise. Pure.
std::optional<std::string> describe_device_errors(std::span<const DeviceReadings> ranks,
                                                  std::span<const std::string> who);

}  // namespace plumbline
