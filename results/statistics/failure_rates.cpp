// SPDX-License-Identifier: Apache-2.0
#include "results/statistics/failure_rates.hpp"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/chi_squared.hpp>

#include <cmath>
#include <limits>

namespace plumbline {

namespace {

using boost::math::binomial;
using boost::math::cdf;
using boost::math::chi_squared;
using boost::math::quantile;

/// P(X < r).
double below_rank(std::size_t r, std::size_t n, double q)
{
    return r == 0 ? 0 : r > n ? 1 : cdf(binomial(static_cast<double>(n), q), static_cast<double>(r - 1));
}

}  // namespace

double mtbf_at_least(double seconds, std::size_t failures, double confidence)
{
    return 2 * seconds / quantile(chi_squared(2 * static_cast<double>(failures) + 2), confidence);
}

double mtbf_at_most(double seconds, std::size_t failures, double confidence)
{
    return failures == 0 ? std::numeric_limits<double>::infinity()
                         : 2 * seconds / quantile(chi_squared(2 * static_cast<double>(failures)), 1 - confidence);
}

Interval mtbf_interval(double seconds, std::size_t failures, double confidence)
{
    const double each = 1 - (1 - confidence) / 2;
    return {.low = mtbf_at_least(seconds, failures, each), .high = mtbf_at_most(seconds, failures, each)};
}

QuantileBounds quantile_bounds(std::size_t n, double q, double confidence)
{
    QuantileBounds bounds;
    for (std::size_t r = 1; r <= n; ++r) {
        const double below = below_rank(r, n, q);
        if (1 - below >= confidence) {
            bounds.below = r;
        }
        if (below >= confidence) {
            bounds.above = r;
            break;
        }
    }
    return bounds;
}

std::size_t values_that_prove(double q, double confidence, std::size_t misses)
{
    std::size_t n = misses + 1;
    while (below_rank(n - misses, n, q) < confidence) {
        ++n;
    }
    return n;
}

std::optional<double> expected_effective_time(const EffectiveTimeModel& model)
{
    const double lost = model.failures_per_s * (model.restart_s + model.checkpoint_every_s / 2);
    if (lost >= 1 || model.checkpoint_every_s <= 0) {
        return std::nullopt;
    }
    return (1 - lost) / (1 + model.checkpoint_s / model.checkpoint_every_s);
}

double best_checkpoint_interval_s(double checkpoint_s, double mtbf_s)
{
    return std::sqrt(2 * checkpoint_s * mtbf_s) - checkpoint_s;
}

}  // namespace plumbline
