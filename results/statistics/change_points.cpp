// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/change_points.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace plumbline {
namespace {

/// Continued fraction of the incomplete beta function (Lentz; Abramowitz & Stegun 26.5.8).
double beta_fraction(double a, double b, double x)
{
    constexpr double tiny = 1e-300;
    double c = 1;
    double d = 1 - (a + b) * x / (a + 1);
    d = 1 / (std::abs(d) < tiny ? tiny : d);
    double fraction = d;
    for (int m = 1; m <= 300; ++m) {
        const double k = m;
        for (const double numerator : {k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k)),
                                       -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1))}) {
            d = 1 + numerator * d;
            d = 1 / (std::abs(d) < tiny ? tiny : d);
            c = 1 + numerator / c;
            c = std::abs(c) < tiny ? tiny : c;
            fraction *= c * d;
        }
        if (std::abs(c * d - 1) < 1e-14) {
            break;
        }
    }
    return fraction;
}

double incomplete_beta(double a, double b, double x)
{
    if (x <= 0 || x >= 1) {
        return x <= 0 ? 0 : 1;
    }
    const double front =
        std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double squares_around(std::span<const double> values, double around)
{
    double sum = 0;
    for (const double v : values) {
        sum += (v - around) * (v - around);
    }
    return sum;
}

double pairs(std::size_t n)
{
    return static_cast<double>(n) * static_cast<double>(n - 1) / 2;
}

/// Candidates: every split that is significant on its own.
void split_further(std::span<const double> series, std::size_t offset, const ChangeRule& rule,
                   std::set<std::size_t>& found)
{
    const auto index = best_split(series, rule.min_segment);
    if (!index || student_test_p(series.first(*index), series.subspan(*index)) > rule.max_p) {
        return;
    }
    found.insert(offset + *index);
    split_further(series.first(*index), offset, rule, found);
    split_further(series.subspan(*index), offset + *index, rule, found);
}

std::set<std::size_t> candidates(std::span<const double> series, const ChangeRule& rule)
{
    std::set<std::size_t> found;
    const std::size_t step = std::max<std::size_t>(1, rule.window / 2);
    for (std::size_t begin = 0; begin < series.size(); begin += step) {
        const std::size_t length = std::min(rule.window, series.size() - begin);
        // The values left at the end belong to the last whole window.
        const bool last = begin + length + step > series.size();
        split_further(series.subspan(begin, last ? series.size() - begin : length), begin, rule, found);
        if (last) {
            break;
        }
    }
    return found;
}

/// The change at `index`, from the values between its neighbours.
ChangePoint change_at(std::span<const double> series, std::size_t from, std::size_t index, std::size_t to)
{
    const auto before = series.subspan(from, index - from);
    const auto after = series.subspan(index, to - index);
    ChangePoint change{.index = index, .p_value = 1, .before = mean(before), .after = mean(after), .spread_before = 0};
    if (before.size() > 1) {
        change.spread_before =
            std::sqrt(squares_around(before, change.before) / static_cast<double>(before.size() - 1));
    }
    change.p_value = before.size() + after.size() > 2 ? student_test_p(before, after) : 1;
    return change;
}

bool meets(const ChangePoint& change, const ChangeRule& rule)
{
    const double size = std::abs(change.after - change.before);
    return change.p_value <= rule.max_p && size >= rule.min_magnitude &&
           size >= rule.min_spreads * change.spread_before;
}

}  // namespace

double student_p(double t, double degrees)
{
    return incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t));
}

double student_test_p(std::span<const double> a, std::span<const double> b)
{
    const double mean_a = mean(a);
    const double mean_b = mean(b);
    const auto n = static_cast<double>(a.size());
    const auto m = static_cast<double>(b.size());
    const double squares = squares_around(a, mean_a) + squares_around(b, mean_b);
    if (squares == 0) {
        return mean_a == mean_b ? 1 : 0;
    }
    const double error = std::sqrt(squares / (n + m - 2) * (1 / n + 1 / m));
    return student_p((mean_a - mean_b) / error, n + m - 2);
}

std::optional<std::size_t> best_split(std::span<const double> series, std::size_t min_segment)
{
    const std::size_t n = series.size();
    min_segment = std::max<std::size_t>(2, min_segment);
    if (n < 2 * min_segment) {
        return std::nullopt;
    }
    // Sums of |x - y| within and between both sides are updated value by value: O(n^2) in all.
    double within_left = 0;
    double between = 0;
    double within_right = 0;
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = i + 1; j < n; ++j) {
            within_right += std::abs(series[i] - series[j]);
        }
    }
    double best = -std::numeric_limits<double>::infinity();
    std::size_t at = 0;
    for (std::size_t tau = 1; tau + min_segment <= n; ++tau) {
        double to_left = 0;
        double to_right = 0;
        for (std::size_t i = 0; i + 1 < tau; ++i) {
            to_left += std::abs(series[i] - series[tau - 1]);
        }
        for (std::size_t i = tau; i < n; ++i) {
            to_right += std::abs(series[i] - series[tau - 1]);
        }
        within_left += to_left;
        within_right -= to_right;
        between += to_right - to_left;
        if (tau < min_segment) {
            continue;
        }
        const auto l = static_cast<double>(tau);
        const auto r = static_cast<double>(n - tau);
        const double q =
            l * r / (l + r) * (2 / (l * r) * between - within_left / pairs(tau) - within_right / pairs(n - tau));
        if (q > best) {
            best = q;
            at = tau;
        }
    }
    return at;
}

std::vector<ChangePoint> detect_changes(std::span<const double> series, const ChangeRule& rule)
{
    const auto found = candidates(series, rule);
    std::vector<std::size_t> edges{0};
    edges.insert(edges.end(), found.begin(), found.end());
    edges.push_back(series.size());
    while (true) {
        std::vector<ChangePoint> changes;
        std::optional<std::size_t> weakest;
        for (std::size_t i = 1; i + 1 < edges.size(); ++i) {
            changes.push_back(change_at(series, edges[i - 1], edges[i], edges[i + 1]));
            const ChangePoint& change = changes.back();
            if (!meets(change, rule) && (!weakest || change.p_value > changes[*weakest].p_value)) {
                weakest = i - 1;
            }
        }
        if (!weakest) {
            return changes;
        }
        edges.erase(edges.begin() + static_cast<std::ptrdiff_t>(*weakest) + 1);
    }
}

std::optional<Standing> standing_after(std::span<const ChangePoint> changes, const std::vector<bool>& accepted,
                                       const ChangeRule& rule)
{
    if (changes.empty()) {
        return std::nullopt;
    }
    Standing standing{.level = changes.front().before, .above_since = {}};
    double spread = changes.front().spread_before;
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const ChangePoint& change = changes[i];
        const bool upwards = change.after > change.before;
        standing.level = upwards && accepted[i] ? standing.level + change.after - change.before
                                                : std::min(standing.level, change.after);
        if (change.after - standing.level < std::max(rule.min_magnitude, rule.min_spreads * spread)) {
            standing.above_since.reset();
            spread = i + 1 < changes.size() ? changes[i + 1].spread_before : spread;
        } else if (!standing.above_since && upwards && !accepted[i]) {
            standing.above_since = i;
        }
    }
    return standing;
}

}  // namespace plumbline
