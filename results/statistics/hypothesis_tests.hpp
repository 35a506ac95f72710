#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Smallest alpha at which exact intervals of both medians, each at 1 - alpha / 2, lie apart, so that b's median is
/// shown to differ from `factor` times a's; 1 when they never do. Distribution-free. Nothing below 6 values each.
std::optional<double> separation_p(std::span<const double> a, std::span<const double> b, double factor = 1);

/// Values that each side needs so that separation_p() can be as small as Holm's first step asks for `cases` of them at
/// `alpha`: the widest interval of n values leaves out 2 / 2^n, hence 4 / 2^n <= alpha / cases.
std::size_t samples_to_show(double alpha, std::size_t cases);

/// Holm (1979): which of the hypotheses are rejected at `alpha` over all of them; absent ones are never.
std::vector<bool> holm(std::span<const std::optional<double>> p_values, double alpha);

/// P(x < y) - P(x > y) of x from a and y from b; nothing when one is empty.
std::optional<double> cliffs_delta(std::span<const double> a, std::span<const double> b);

}  // namespace plumbline
