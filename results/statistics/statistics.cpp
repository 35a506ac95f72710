// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

void require_fraction(double value, const char* what)
{
    if (!(value > 0 && value < 1)) {
        throw std::logic_error(what);
    }
}

/// C(n, i) / C(n, first) for i = first .. n/2. `first` lies ten standard deviations of the binomial or more below the
/// middle, so that what is left out is under 1e-80 of the whole and nothing overflows; up to n = 400 it is 0, and then
/// the weights are the binomial coefficients themselves, exact as long as a double holds them.
struct LowerWeights {
    std::size_t first = 0;
    std::vector<double> weights;
    double total = 0;  ///< of both halves
};

LowerWeights lower_weights(std::size_t n)
{
    const auto half = static_cast<double>(n) / 2;
    const double reach = 10 * std::sqrt(static_cast<double>(n));
    LowerWeights result;
    result.first = half > reach ? static_cast<std::size_t>(half - reach) : 0;
    double weight = 1;
    for (std::size_t i = result.first; 2 * i <= n; ++i) {
        result.weights.push_back(weight);
        result.total += 2 * i == n ? weight : 2 * weight;
        weight *= static_cast<double>(n - i) / static_cast<double>(i + 1);
    }
    return result;
}

}  // namespace

double mean(std::span<const double> values)
{
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

std::vector<double> sorted(std::span<const double> values)
{
    std::vector<double> copy(values.begin(), values.end());
    std::sort(copy.begin(), copy.end());
    return copy;
}

std::optional<OrderRanks> median_interval_ranks(std::size_t n, double confidence)
{
    require_fraction(confidence, "a confidence lies between 0 and 1");
    if (n < 2) {
        return std::nullopt;
    }
    const auto [first, weights, total] = lower_weights(n);
    std::optional<OrderRanks> best;
    double tail = 0;  // P(X <= k - 1), unnormalised
    for (std::size_t k = first + 1; 2 * k <= n; ++k) {
        tail += weights[k - 1 - first];
        if ((total - 2 * tail) / total < confidence) {
            break;
        }
        best = OrderRanks{.low = k, .high = n - k + 1};
    }
    return best;
}

std::optional<OrderRanks> quantile_interval_ranks(std::size_t n, double q, double confidence)
{
    require_fraction(q, "a quantile lies between 0 and 1");
    require_fraction(confidence, "a confidence lies between 0 and 1");
    const double side = (1 - confidence) / 2;
    const auto count = static_cast<double>(n);
    OrderRanks ranks;
    double below = 0;  // P(X < k)
    for (std::size_t k = 1; k <= n; ++k) {
        const auto i = static_cast<double>(k - 1);
        below += std::exp(std::lgamma(count + 1) - std::lgamma(i + 1) - std::lgamma(count - i + 1) + i * std::log(q) +
                          (count - i) * std::log1p(-q));
        if (below <= side) {
            ranks.low = k;
        }
        if (below >= 1 - side) {
            ranks.high = k;
            break;
        }
    }
    return ranks.low > 0 && ranks.high > 0 ? std::optional(ranks) : std::nullopt;
}

std::size_t samples_for_quantile_interval(double q, double confidence)
{
    require_fraction(q, "a quantile lies between 0 and 1");
    require_fraction(confidence, "a confidence lies between 0 and 1");
    return static_cast<std::size_t>(std::ceil(std::log((1 - confidence) / 2) / std::log(q)));
}

std::optional<Interval> quantile_interval(std::span<const double> values, double q, double confidence)
{
    const auto ranks = quantile_interval_ranks(values.size(), q, confidence);
    if (!ranks) {
        return std::nullopt;
    }
    const std::vector<double> ordered = sorted(values);
    return Interval{.low = ordered[ranks->low - 1], .high = ordered[ranks->high - 1]};
}

std::optional<double> median(std::span<const double> values)
{
    if (values.empty()) {
        return std::nullopt;
    }
    std::vector<double> copy(values.begin(), values.end());
    const auto middle = copy.begin() + static_cast<std::ptrdiff_t>(copy.size() / 2);
    std::nth_element(copy.begin(), middle, copy.end());
    if (copy.size() % 2 == 1) {
        return *middle;
    }
    const double below = *std::max_element(copy.begin(), middle);
    return below + (*middle - below) / 2;
}

std::optional<Interval> median_interval(std::span<const double> values, double confidence)
{
    const auto ranks = median_interval_ranks(values.size(), confidence);
    if (!ranks) {
        return std::nullopt;
    }
    const auto order = sorted(values);
    return Interval{.low = order[ranks->low - 1], .high = order[ranks->high - 1]};
}

std::size_t samples_for_percentile(double q)
{
    require_fraction(q, "a percentile's q lies between 0 and 1");
    return static_cast<std::size_t>(std::ceil(std::log(0.05) / std::log(q)));
}

std::optional<double> percentile(std::span<const double> values, double q)
{
    if (values.size() < samples_for_percentile(q)) {
        return std::nullopt;
    }
    // Rounding may have raised q * n, a whole number, by an ulp.
    const double position = std::ceil(q * static_cast<double>(values.size()) - 1e-9);
    const auto rank = std::clamp<std::size_t>(static_cast<std::size_t>(position), 1, values.size());
    std::vector<double> copy(values.begin(), values.end());
    const auto nth = copy.begin() + static_cast<std::ptrdiff_t>(rank - 1);
    std::nth_element(copy.begin(), nth, copy.end());
    return *nth;
}

std::optional<Interval> median_ratio_interval(std::span<const double> a, std::span<const double> b, double confidence)
{
    require_fraction(confidence, "a confidence lies between 0 and 1");
    const double each = 1 - (1 - confidence) / 2;
    const auto above = median_interval(a, each);
    const auto below = median_interval(b, each);
    if (!above || !below || !(below->low > 0)) {
        return std::nullopt;
    }
    return Interval{.low = above->low / below->high, .high = above->high / below->low};
}

}  // namespace plumbline
