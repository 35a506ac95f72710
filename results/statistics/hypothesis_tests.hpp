// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Smallest alpha at which the exact intervals of both medians, each at 1 - alpha / 2, are disjoint, so that b's median
/// differs from `factor` times a's; 1 where they never are. Distribution-free. Nothing below 6 values each.
std::optional<double> separation_p(std::span<const double> a, std::span<const double> b, double factor = 1);

/// Values that each side needs for separation_p() to reach Holm's first step of `cases` tests at `alpha`: the widest
/// interval of n values leaves out 2 / 2^n, hence 4 / 2^n <= alpha / cases.
std::size_t samples_to_show(double alpha, std::size_t cases);

/// Holm (1979): which hypotheses are rejected at a family-wise error rate of `alpha`. Absent ones never are.
std::vector<bool> holm(std::span<const std::optional<double>> p_values, double alpha);

/// P(x < y) - P(x > y) of x from a and y from b; nothing when one is empty.
std::optional<double> cliffs_delta(std::span<const double> a, std::span<const double> b);

}  // namespace plumbline
