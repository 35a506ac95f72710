// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/stopping.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace plumbline {

std::size_t next_checkpoint(const StoppingCriterion& rule, std::size_t taken)
{
    auto checkpoint = static_cast<std::size_t>(rule.min_samples);
    const auto most = static_cast<std::size_t>(rule.max_samples);
    while (checkpoint <= taken && checkpoint < most) {
        checkpoint *= 2;
    }
    return std::min(checkpoint, most);
}

namespace {

bool is_checkpoint(const StoppingCriterion& rule, std::size_t taken)
{
    return taken > 0 && next_checkpoint(rule, taken - 1) == taken;
}

bool narrow_enough(const StoppingCriterion& rule, std::span<const double> slowest_seconds)
{
    const auto middle = median(slowest_seconds);
    const auto interval = median_interval(slowest_seconds, rule.confidence);
    if (!middle || !interval) {
        return false;
    }
    return (interval->high - interval->low) / 2 <= rule.relative_ci * *middle;
}

}  // namespace

std::optional<StopReason> stop_decision(const StoppingCriterion& rule, std::span<const double> slowest_seconds,
                                        double spent_s)
{
    const std::size_t taken = slowest_seconds.size();
    if (is_checkpoint(rule, taken) && narrow_enough(rule, slowest_seconds)) {
        return StopReason::converged;
    }
    if (taken >= static_cast<std::size_t>(rule.max_samples)) {
        return StopReason::cap;
    }
    if (taken > 0 && spent_s >= rule.max_seconds) {
        return StopReason::budget;
    }
    return std::nullopt;
}

std::size_t next_chunk(const StoppingCriterion& rule, std::size_t taken, double last_sample_s, double slice_s)
{
    const std::size_t to_checkpoint = std::max<std::size_t>(next_checkpoint(rule, taken) - taken, 1);
    if (last_sample_s <= 0) {
        return to_checkpoint;
    }
    const double fits = std::floor(slice_s / last_sample_s);
    return fits < 1 ? 1 : std::min(to_checkpoint, static_cast<std::size_t>(std::min(fits, 1e9)));
}

}  // namespace plumbline
