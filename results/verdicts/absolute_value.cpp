// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/absolute_value.hpp"

#include "collectives/util/units.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <vector>

namespace plumbline {
namespace {

std::optional<Interval> time_interval(const CaseSummary& c, const RunData& run, CaseTimes& times)
{
    if (c.confidence != run.confidence) {
        return median_interval(times(c.header.id), run.confidence);
    }
    if (!c.ci_low_s || !c.ci_high_s) {
        return std::nullopt;
    }
    return Interval{.low = *c.ci_low_s, .high = *c.ci_high_s};
}

/// A factor whose interval lies in the row.
Value impact(std::optional<double> estimate, std::optional<double> low, std::optional<double> high)
{
    Value value{.estimate = estimate, .interval = {}, .why = {}};
    if (low && high) {
        value.interval = Interval{.low = *low, .high = *high};
    } else {
        value.why = say("has no interval (too few splits). Write splits: 6 or more, or more rounds");
    }
    return value;
}

}  // namespace

Value absolute_value(Metric metric, const CaseSummary& c, const RunData& run, CaseTimes& times)
{
    Value value;
    if (metric == Metric::bubble_fraction) {
        value.estimate = c.bubble_fraction;
        value.interval = median_interval(run.bubble_observations(c.header.id), run.confidence);
    } else if (metric == Metric::overlap_fraction) {
        value.estimate = c.overlap_fraction;
        value.interval = median_interval(run.overlap_observations(c.header.id), run.confidence);
    } else if (metric == Metric::mfu) {
        const auto seconds = time_interval(c, run, times);
        value.estimate = c.mfu;
        if (seconds && seconds->low > 0) {
            const double share_seconds = *c.mfu * *c.median_s;
            value.interval = Interval{.low = share_seconds / seconds->high, .high = share_seconds / seconds->low};
        }
    } else if (metric == Metric::congestion_impact) {
        value = impact(c.congestion_impact, c.congestion_impact_low, c.congestion_impact_high);
    } else if (metric == Metric::congestion_impact_p99) {
        value = impact(c.congestion_impact_p99, c.congestion_impact_p99_low, c.congestion_impact_p99_high);
    } else if (metric == Metric::time_p99) {
        const std::vector<double> samples = run.samples(c.header.id);
        value.estimate = c.p99_s;
        value.interval = quantile_interval(samples, 0.99, run.confidence);
        if (!value.interval) {
            const std::size_t needed = samples_for_quantile_interval(0.99, run.confidence);
            value.why =
                say("needs at least {} samples for an interval of the 99th percentile, has {} (write "
                    "stop.min_samples: {})",
                    needed, samples.size(), needed);
        }
    } else if (metric == Metric::time) {
        value.estimate = c.median_s;
        value.interval = time_interval(c, run, times);
    } else {
        const double rate = metric == Metric::busbw ? *c.busbw_bytes_per_s : *c.algbw_bytes_per_s;
        const double bytes = rate * *c.median_s;
        const auto seconds = time_interval(c, run, times);
        value.estimate = rate / giga;
        if (seconds && seconds->low > 0) {
            value.interval = Interval{.low = bytes / seconds->high / giga, .high = bytes / seconds->low / giga};
        }
    }
    if (!value.interval && value.why.empty()) {
        const std::size_t count = times(c.header.id).size();
        value.why = median_interval_ranks(count, run.confidence) ? say("has no interval (times of zero are in it)")
                                                                 : too_few(c.interval_over, run.confidence, count);
    }
    return value;
}

}  // namespace plumbline
