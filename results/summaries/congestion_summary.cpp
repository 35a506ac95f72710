// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/congestion_summary.hpp"

#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/repetition_statistics.hpp"

#include <map>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {
namespace {

constexpr double tail = 0.99;

/// The victims' slowest rank's times in one split.
struct SplitTimes {
    std::vector<double> isolated_s;
    std::vector<double> congested_s;
};

std::map<int, SplitTimes> times_of_splits(const Round& round)
{
    std::map<int, SplitTimes> splits;
    for (std::size_t i = 0; round.congestion && i < sample_count(round); ++i) {
        SplitTimes& split = splits[round.congestion->split[i]];
        const auto stage = static_cast<CongestionStage>(round.congestion->stage[i]);
        if (stage == CongestionStage::isolated) {
            split.isolated_s.push_back(slowest(round, i));
        } else if (stage == CongestionStage::congested) {
            split.congested_s.push_back(slowest(round, i));
        }
    }
    return splits;
}

std::optional<double> mean_of_any(std::span<const double> values)
{
    return values.empty()
               ? std::nullopt
               : std::optional(std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()));
}

template <class Statistic>
std::vector<double> impacts(const Round& round, Statistic statistic)
{
    std::vector<double> ratios;
    for (const auto& [number, split] : times_of_splits(round)) {
        const std::optional<double> alone = statistic(split.isolated_s);
        const std::optional<double> beside = statistic(split.congested_s);
        if (alone && beside && *alone > 0) {
            ratios.push_back(*beside / *alone);
        }
    }
    return ratios;
}

std::vector<double> isolated_times(const Round& round)
{
    std::vector<double> all;
    for (const auto& [number, split] : times_of_splits(round)) {
        all.insert(all.end(), split.isolated_s.begin(), split.isolated_s.end());
    }
    return all;
}

}  // namespace

std::vector<double> mean_impacts(const Round& round)
{
    return impacts(round, [](std::span<const double> times) { return mean_of_any(times); });
}

std::vector<double> p99_impacts(const Round& round)
{
    return impacts(round, [](std::span<const double> times) { return percentile(times, tail); });
}

void summarize_congestion(const CaseRecord& record, CaseSummary& summary)
{
    summary.isolated_s = median(joined(record, isolated_times));
    const auto mean_values = observed(record, mean_impacts).values;
    summary.congestion_impact = median(mean_values);
    if (const auto interval = median_interval(mean_values, summary.confidence)) {
        summary.congestion_impact_low = interval->low;
        summary.congestion_impact_high = interval->high;
    }
    const auto tail_values = observed(record, p99_impacts).values;
    summary.congestion_impact_p99 = median(tail_values);
    if (const auto interval = median_interval(tail_values, summary.confidence)) {
        summary.congestion_impact_p99_low = interval->low;
        summary.congestion_impact_p99_high = interval->high;
    }
}

}  // namespace plumbline
