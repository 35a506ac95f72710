// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/stability.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

namespace plumbline {

namespace {

constexpr std::array<std::pair<Instability, std::string_view>, 4> names{{{Instability::none, ""},
                                                                         {Instability::drift, "drift"},
                                                                         {Instability::bimodal, "bimodal"},
                                                                         {Instability::bursts, "bursts"}}};
constexpr std::size_t least_values = 20;

double deviation(std::span<const double> values)
{
    const double middle = mean(values);
    double squares = 0;
    for (const double value : values) {
        squares += (value - middle) * (value - middle);
    }
    return std::sqrt(squares / static_cast<double>(values.size()));
}

bool drifts(std::span<const double> times)
{
    const auto ratio = half_ratio(times);
    const std::size_t half = times.size() / 2;
    const auto first = median_interval(times.first(half), 0.95);
    const auto second = median_interval(times.subspan(half), 0.95);
    if (!ratio || !first || !second) {
        return false;
    }
    const bool apart = first->high < second->low || second->high < first->low;
    return apart && (*ratio > 1.1 || *ratio < 1 / 1.1);
}

/// Otsu's split of the sorted values: where the variance between the two groups is largest.
std::size_t best_split(std::span<const double> sorted)
{
    const double total = std::accumulate(sorted.begin(), sorted.end(), 0.0);
    const auto count = static_cast<double>(sorted.size());
    double below = 0;
    double best = -1;
    std::size_t split = 0;
    for (std::size_t i = 1; i < sorted.size(); ++i) {
        below += sorted[i - 1];
        const auto low = static_cast<double>(i);
        const double gap = below / low - (total - below) / (count - low);
        const double between = low * (count - low) * gap * gap;
        if (between > best) {
            best = between;
            split = i;
        }
    }
    return split;
}

bool is_bimodal(std::span<const double> times)
{
    std::vector<double> sorted(times.begin(), times.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t split = best_split(sorted);
    const auto low = std::span<const double>(sorted).first(split);
    const auto high = std::span<const double>(sorted).subspan(split);
    const std::size_t least_group = sorted.size() / 10;
    if (low.size() < std::max<std::size_t>(least_group, 2) || high.size() < std::max<std::size_t>(least_group, 2)) {
        return false;
    }
    const double gap = mean(high) - mean(low);
    return mean(high) > 1.25 * mean(low) && gap > 4 * std::max(deviation(low), deviation(high));
}

bool comes_in_bursts(std::span<const double> times)
{
    const double limit = 1.5 * median(times).value_or(0);
    std::vector<double> slow;
    slow.reserve(times.size());
    for (const double time : times) {
        slow.push_back(time > limit ? 1 : 0);
    }
    return mean(slow) >= 0.02 && lag1_autocorrelation(slow).value_or(0) > 0.3;
}

}  // namespace

std::string_view name(Instability instability)
{
    return names.at(static_cast<std::size_t>(instability)).second;
}

std::optional<Instability> parse_instability(std::string_view text)
{
    const auto* found = std::find_if(names.begin(), names.end(), [&](const auto& row) { return row.second == text; });
    return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::optional<double> lag1_autocorrelation(std::span<const double> values)
{
    if (values.size() < 3) {
        return std::nullopt;
    }
    const double middle = mean(values);
    double products = 0;
    double squares = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        squares += (values[i] - middle) * (values[i] - middle);
        if (i > 0) {
            products += (values[i] - middle) * (values[i - 1] - middle);
        }
    }
    // Values that differ by less than the rounding of their sums are equal: their order means nothing.
    constexpr double rounding = 1e-12;
    const double noise = rounding * middle;
    return squares > static_cast<double>(values.size()) * noise * noise ? std::optional(products / squares)
                                                                        : std::nullopt;
}

std::optional<double> half_ratio(std::span<const double> values)
{
    if (values.size() < 4) {
        return std::nullopt;
    }
    const std::size_t half = values.size() / 2;
    const double first = median(values.first(half)).value_or(0);
    const double second = median(values.subspan(half)).value_or(0);
    return first > 0 ? std::optional(second / first) : std::nullopt;
}

Instability find_instability(std::span<const double> times)
{
    if (times.size() < least_values) {
        return Instability::none;
    }
    if (drifts(times)) {
        return Instability::drift;
    }
    if (is_bimodal(times)) {
        return Instability::bimodal;
    }
    return comes_in_bursts(times) ? Instability::bursts : Instability::none;
}

}  // namespace plumbline
