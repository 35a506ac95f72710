// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace plumbline {

/// What a target is about.
enum class Metric : std::uint8_t {
    weak_efficiency,
    linear_speedup,
    strong_efficiency,
    busbw_retention,
    fraction_of_ideal,
    fraction_of_attainable,
    busbw,     ///< GB/s
    algbw,     ///< GB/s
    time,      ///< s
    time_p99,  ///< s
    bubble_fraction,
    overlap_fraction,
    mfu,
    karp_flatt,
    congestion_impact,      ///< on the mean
    congestion_impact_p99,  ///< on the 99th percentile
    wrong_data_cases,       ///< cases whose data was wrong
    wrong_elements,         ///< elements that were wrong in them
    failed_cases,           ///< cases that failed, for whatever reason
    hangs,                  ///< launches that hung
    effective_time_ratio,   ///< of a soak: share of its time that new steps came of
    recovery_time,          ///< of a soak: from a fault to the step before it, s
    detection_time,         ///< of a soak: from a fault to its being declared, s
    mtbf,                   ///< of a soak: mean time between interruptions, s
    interruptions,          ///< of a soak: that nobody meant
    uptime,                 ///< of a soak: how long it went on, s
    bandwidth_decay,        ///< of a soak: the last day against the first
    unmeasured,             ///< asked for, but not measured by this program
};
/// What values a metric can have.
enum class MetricRange : std::uint8_t {
    quantity,  ///< above 0, with a unit
    share,     ///< 0 to 1, or a percentage
    factor,    ///< above 0: how many times as much
    count,     ///< 0, 1, 2, ... of a whole run: exact, and bounded from above only
};

struct MetricInfo {
    Metric metric;
    std::string_view name;
    std::string_view unit;        ///< "1", "GB/s", "s"
    bool relative = false;        ///< has a base scale
    std::string_view held_fixed;  ///< of relative ones
    std::string_view formula;
    MetricRange range = MetricRange::share;
    bool efficiency = true;  ///< a measure of how well something is used; undefined where ranks share cores
    /// Which bound a target of a soak's may have, by what is better; nothing: it is about cases.
    enum class OfSoak : std::uint8_t { no, more_is_better, less_is_better } of_soak = OfSoak::no;
    bool has_quantile = false;  ///< it is about a quantile of many times
};
std::span<const MetricInfo> all_metrics();
const MetricInfo& info(Metric metric);
std::optional<Metric> parse_metric(std::string_view text);
/// Of two values the smaller one is the better: times, counts of what went wrong, shares that are lost.
bool less_is_better(Metric metric);

}  // namespace plumbline
