// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

struct Interval {
    double low = 0;
    double high = 0;
    bool operator==(const Interval&) const = default;
};

/// Of one value at least.
double mean(std::span<const double> values);
/// A copy in ascending order.
std::vector<double> sorted(std::span<const double> values);

/// Ranks (1-based) of the order statistics whose interval holds the median with at least `confidence`, from the
/// binomial distribution: the largest k with sum_{i=k}^{n-k} C(n,i)/2^n >= confidence, as [k, n-k+1].
/// Nothing where no such pair exists (95 %: n < 6). Hoefler & Belli 2015; Le Boudec 2010.
struct OrderRanks {
    std::size_t low = 0;
    std::size_t high = 0;
    bool operator==(const OrderRanks&) const = default;
};
std::optional<OrderRanks> median_interval_ranks(std::size_t n, double confidence);

/// Mean of the two middle values for an even count; nothing for none.
std::optional<double> median(std::span<const double> values);
std::optional<Interval> median_interval(std::span<const double> values, double confidence);

/// Samples needed for the largest one to bound the q-quantile from above at 95 % confidence: ceil(ln 0.05 / ln q); 59
/// for P95, 299 for P99.
std::size_t samples_for_percentile(double q);
/// Nearest-rank percentile; nothing below samples_for_percentile(q).
std::optional<double> percentile(std::span<const double> values, double q);

/// Ranks (1-based) of the order statistics that hold the q-quantile with at least `confidence`, half of the rest on
/// each side: the largest low with P(X < low) and the smallest high with P(X >= high) of at most (1 - confidence) / 2
/// each, X binomial of n and q. Nothing where no order statistic bounds it from above (P99 at 95 %: n < 368). Hahn,
/// Meeker 1991, section 5.2.
std::optional<OrderRanks> quantile_interval_ranks(std::size_t n, double q, double confidence);
/// Fewest values that have one: ceil(ln((1 - confidence) / 2) / ln q).
std::size_t samples_for_quantile_interval(double q, double confidence);
std::optional<Interval> quantile_interval(std::span<const double> values, double q, double confidence);

/// Interval of median(a) / median(b) from exact intervals of both, each at 1 - (1 - confidence) / 2 (Bonferroni). Its
/// coverage is at least `confidence` for any distributions: [a.low / b.high, a.high / b.low].
/// Nothing where one side has too few samples or b's interval touches zero.
std::optional<Interval> median_ratio_interval(std::span<const double> a, std::span<const double> b, double confidence);

}  // namespace plumbline
