// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Two-sided p of Student's t with `degrees` of freedom: I_x(degrees / 2, 1/2) at x = degrees / (degrees + t^2).
double student_p(double t, double degrees);

/// Student's t-test of equal means with pooled variance; 1 when both sides are constant and equal, 0 when constant and
/// different. Both need a value, and one of them two. Welch's would leave a side of 2 values with 1 degree of freedom.
double student_test_p(std::span<const double> a, std::span<const double> b);

/// A change between two values of a series.
struct ChangePoint {
    std::size_t index = 0;  ///< the first value after it
    double p_value = 1;
    double before = 0, after = 0;  ///< means of the values up to the neighbouring changes
    double spread_before = 0;      ///< standard deviation of those before
    bool operator==(const ChangePoint&) const = default;
};

/// What a split must meet to count as a change.
struct ChangeRule {
    double max_p = 1e-4;
    double min_magnitude = 0;     ///< |after - before|
    double min_spreads = 0;       ///< |after - before| in standard deviations of the values before
    std::size_t min_segment = 2;  ///< values on either side
    std::size_t window = 50;      ///< longer series are searched in windows of so many values, half overlapping
};

/// Index at which a series splits best: the one that maximises the energy distance of both sides, weighted by their
/// sizes
/// (E-divisive, Matteson & James 2014, alpha = 1): Q = nm/(n+m) [2/(nm) sum|x-y| - C(n,2)^-1 sum|x-x'| - C(m,2)^-1
/// sum|y-y'|]. Nothing below 2 * min_segment values.
std::optional<std::size_t> best_split(std::span<const double> series, std::size_t min_segment = 2);

/// E-divisive with Student's t in place of the permutation test (Hunter, arXiv 2301.03034). Splits at best_split()
/// while a split is significant, then again on both sides, in windows where the series is long. Then each candidate is
/// tested between its neighbours, and the weakest one is dropped until all meet the rule. In order of index. Pure.
std::vector<ChangePoint> detect_changes(std::span<const double> series, const ChangeRule& rule);

/// Where a series stands after its last change, relative to its accepted level.
struct Standing {
    double level = 0;                        ///< accepted level
    std::optional<std::size_t> above_since;  ///< the change that lifted the series above the level, where it still is
};

/// The accepted level starts as the mean before the first change. A change to a lower mean lowers it; an upward change
/// that is `accepted` raises it by the size of that change, so an earlier slowdown that was not accepted still counts.
/// The series is above the level where it differs from it by the rule's magnitude and spreads. `accepted`: one entry
/// per change. Nothing without changes. Pure.
std::optional<Standing> standing_after(std::span<const ChangePoint> changes, const std::vector<bool>& accepted,
                                       const ChangeRule& rule);

}  // namespace plumbline
