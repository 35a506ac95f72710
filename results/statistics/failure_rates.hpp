// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/statistics/statistics.hpp"

#include <cstddef>
#include <optional>

namespace plumbline {

/// Mean time between failures of `failures` in `seconds`, a time that was fixed beforehand, failures that come at a
/// constant rate: the exact interval [2T / chi2(1 - a/2; 2k + 2), 2T / chi2(a/2; 2k)], a = 1 - confidence (Epstein &
/// Sobel 1953; MIL-HDBK-189C, 5.5). Without a failure `high` is infinite. `seconds` above 0.
Interval mtbf_interval(double seconds, std::size_t failures, double confidence);

/// The value above which it lies at `confidence`: 2T / chi2(confidence; 2k + 2); T / 3.00 at 95 % without a failure.
double mtbf_at_least(double seconds, std::size_t failures, double confidence);
/// The value below which it lies at `confidence`: 2T / chi2(1 - confidence; 2k); infinite without a failure.
double mtbf_at_most(double seconds, std::size_t failures, double confidence);

/// Ranks (1-based) of the order statistics that bound the q-quantile, each alone at `confidence`: from above the
/// smallest r with P(X < r) >= confidence, from below the largest r with P(X >= r) >= confidence; X binomial of n and
/// q. 0 where none does. Hahn & Meeker 1991, section 5.2: 59 values bound P95 at 95 %.
struct QuantileBounds {
    std::size_t below = 0;
    std::size_t above = 0;
};
QuantileBounds quantile_bounds(std::size_t n, double q, double confidence);
/// Fewest values of which all but `misses` lie below a bound that prove that the q-quantile does: 59, 93, 124 at 95 %.
std::size_t values_that_prove(double q, double confidence, std::size_t misses);

/// Effective share of training time that Meta expects: (1 - nodes r (u0 + dt/2)) / (1 + w/dt), `failures_per_s` of all
/// nodes together, `restart_s` u0, `checkpoint_every_s` dt, `checkpoint_s` w (Kokolis et al., HPCA 2025, section 3).
/// Nothing where more is lost than there is.
struct EffectiveTimeModel {
    double failures_per_s = 0;
    double restart_s = 0;
    double checkpoint_every_s = 0;
    double checkpoint_s = 0;
};
std::optional<double> expected_effective_time(const EffectiveTimeModel& model);
/// Daly's first-order optimum of the time between checkpoints: sqrt(2 w M) - w.
double best_checkpoint_interval_s(double checkpoint_s, double mtbf_s);

}  // namespace plumbline
