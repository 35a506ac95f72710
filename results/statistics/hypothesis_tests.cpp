// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/hypothesis_tests.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plumbline {
namespace {

/// Of sorted values, at `confidence`.
std::optional<Interval> interval_of(std::span<const double> values, double confidence)
{
    const auto ranks = median_interval_ranks(values.size(), confidence);
    return ranks ? std::optional(Interval{values[ranks->low - 1], values[ranks->high - 1]}) : std::nullopt;
}

}  // namespace

std::optional<double> separation_p(std::span<const double> a, std::span<const double> b, double factor)
{
    const auto left = sorted(a);
    const auto right = sorted(b);
    const auto apart = [&](double alpha) {
        const auto of_a = interval_of(left, 1 - alpha / 2);
        const auto of_b = interval_of(right, 1 - alpha / 2);
        return of_a && of_b && (factor * of_a->high < of_b->low || factor * of_a->low > of_b->high);
    };
    constexpr std::size_t fewest = 6;
    if (left.size() < fewest || right.size() < fewest) {
        return std::nullopt;
    }
    double high = 1;
    if (!apart(high)) {
        return 1;
    }
    double low = 1e-15;
    if (apart(low)) {
        return low;
    }
    // Wider intervals are apart less easily, so the smallest alpha is found by halving its logarithm.
    for (int step = 0; step < 40; ++step) {
        const double middle = std::sqrt(low * high);
        (apart(middle) ? high : low) = middle;
    }
    return high;
}

std::size_t samples_to_show(double alpha, std::size_t cases)
{
    return static_cast<std::size_t>(
        std::ceil(2 + std::log2(static_cast<double>(std::max<std::size_t>(1, cases)) / alpha)));
}

std::vector<bool> holm(std::span<const std::optional<double>> p_values, double alpha)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < p_values.size(); ++i) {
        if (p_values[i]) {
            order.push_back(i);
        }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return *p_values[a] < *p_values[b]; });
    std::vector<bool> rejected(p_values.size(), false);
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (*p_values[order[i]] > alpha / static_cast<double>(order.size() - i)) {
            break;
        }
        rejected[order[i]] = true;
    }
    return rejected;
}

std::optional<double> cliffs_delta(std::span<const double> a, std::span<const double> b)
{
    if (a.empty() || b.empty()) {
        return std::nullopt;
    }
    const auto others = sorted(b);
    double sum = 0;
    for (const double x : a) {
        const auto [first, last] = std::equal_range(others.begin(), others.end(), x);
        sum += static_cast<double>(others.end() - last) - static_cast<double>(first - others.begin());
    }
    return sum / static_cast<double>(a.size()) / static_cast<double>(b.size());
}

}  // namespace plumbline
