// SPDX-License-Identifier: Apache-2.0
#include "results/records/device_readings.hpp"

#include "results/texts/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace plumbline {

namespace {

struct Reason {
    std::uint64_t bit;
    std::string_view name;
};

/// nvmlClocksThrottleReason... of NVML's reference. Left out: GpuIdle (1), ApplicationsClocksSetting (2),
/// SyncBoost (0x10), DisplayClockSetting (0x100).
constexpr std::array reasons_that_slow{
    Reason{0x04, "power cap"},
    Reason{0x08, "hardware slowdown"},
    Reason{0x20, "software thermal slowdown"},
    Reason{0x40, "hardware thermal slowdown"},
    Reason{0x80, "hardware power brake"},
};

std::string name_of(std::size_t rank, std::span<const std::string> who)
{
    return rank < who.size() ? who[rank] : fmt::format("rank {}", rank);
}

std::string throttling_of(const DeviceReadings& watch)
{
    const auto before = static_cast<std::uint64_t>(watch.before.throttle_reasons.value_or(0));
    const auto after = static_cast<std::uint64_t>(watch.after.throttle_reasons.value_or(0));
    return throttling_in(static_cast<double>(before | after));
}

/// The lower of the two clocks.
std::optional<double> slowest_clock(const DeviceReadings& watch)
{
    if (!watch.before.clock_hz || !watch.after.clock_hz) {
        return watch.before.clock_hz ? watch.before.clock_hz : watch.after.clock_hz;
    }
    return std::min(*watch.before.clock_hz, *watch.after.clock_hz);
}

double counted(const std::optional<double>& before, const std::optional<double>& after)
{
    return before && after ? *after - *before : 0;
}

}  // namespace

std::array<double, device_fields.size()> to_numbers(const DeviceReadings& watch)
{
    std::array<double, device_fields.size()> numbers{};
    for (std::size_t i = 0; i < device_fields.size(); ++i) {
        numbers[i] = device_fields[i].of(watch).value_or(std::numeric_limits<double>::quiet_NaN());
    }
    return numbers;
}

DeviceReadings device_readings_from(std::span<const double, device_fields.size()> numbers)
{
    DeviceReadings watch;
    for (std::size_t i = 0; i < device_fields.size(); ++i) {
        device_fields[i].of(watch) = std::isfinite(numbers[i]) ? std::optional(numbers[i]) : std::nullopt;
    }
    return watch;
}

std::string throttling_in(double reasons)
{
    std::string text;
    for (const Reason& reason : reasons_that_slow) {
        if ((static_cast<std::uint64_t>(reasons) & reason.bit) != 0) {
            text += fmt::format("{}{}", text.empty() ? "" : ", ", reason.name);
        }
    }
    return text;
}

std::optional<Sentence> explain_by_devices(const Spread& spread, std::span<const DeviceReadings> ranks,
                                           std::span<const std::string> who)
{
    if (spread.measured <= spread.asked.value_or(0)) {
        return std::nullopt;
    }
    constexpr double unknown_clock = std::numeric_limits<double>::max();
    std::optional<std::size_t> worst;
    double slowest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const double clock = slowest_clock(ranks[i]).value_or(unknown_clock);
        if (!throttling_of(ranks[i]).empty() && clock < slowest) {
            worst = i;
            slowest = clock;
        }
    }
    if (!worst) {
        return std::nullopt;
    }
    const Sentence throttled = say("{} and the device of {} was throttled: {}", spread_said(spread),
                                   recognised(name_of(*worst, who)), word(throttling_of(ranks[*worst])));
    return slowest < unknown_clock ? say("{} (at {:.0f} MHz)", throttled, slowest / 1e6) : throttled;
}

std::optional<Sentence> describe_device_errors(std::span<const DeviceReadings> ranks, std::span<const std::string> who)
{
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        const auto& [before, after] = ranks[i];
        const double memory = counted(before.uncorrected_errors, after.uncorrected_errors);
        const double links = counted(before.link_errors, after.link_errors);
        if (memory > 0 || links > 0) {
            return say(
                "the device of {} counted {:.0f} uncorrected errors of its memory and {:.0f} errors of its "
                "links during the round",
                recognised(name_of(i, who)), memory, links);
        }
    }
    return std::nullopt;
}

}  // namespace plumbline
