// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// Why one number can't represent a case: its samples are not from one distribution.
enum class Instability : std::uint8_t {
    none,
    drift,    ///< the second half is slower or faster than the first
    bimodal,  ///< two separate groups of times, both frequent
    bursts,   ///< slow samples occur in clusters
};
std::string_view name(Instability instability);  ///< "", "drift", "bimodal", "bursts"
std::optional<Instability> parse_instability(std::string_view text);

/// Correlation of each value with the next: 0 for independent samples. Nothing below 3 values or for equal ones.
std::optional<double> lag1_autocorrelation(std::span<const double> values);

/// Median of the second half / median of the first half, in the order taken. Nothing below 4 values or for a zero.
std::optional<double> half_ratio(std::span<const double> values);

/// The instability that explains most, of times in the order taken; none below 20 values or where they are stable:
///   drift    half_ratio off 1 by over 10 %, and the halves' median intervals (95 %) apart
///   bimodal  the split with the least spread inside leaves two groups of at least 10 % of the values each, whose means
///            are a factor 1.25 apart and 4 standard deviations of the wider group
///   bursts   2 % or more of the values are above 1.5 medians, and that they are correlates (lag 1) by over 0.3
Instability find_instability(std::span<const double> times);

}  // namespace plumbline
