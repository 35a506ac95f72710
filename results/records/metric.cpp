// SPDX-License-Identifier: Apache-2.0
#include "results/records/metric.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>

namespace plumbline {
namespace {

constexpr std::array metrics{
    MetricInfo{Metric::weak_efficiency, "weak_efficiency", "1", true, "work per rank", "T(n0)/T(n)"},
    MetricInfo{Metric::linear_speedup, "linear_speedup", "1", true, "work per rank", "(n/n0) * T(n0)/T(n)",
               MetricRange::factor},
    MetricInfo{Metric::strong_efficiency, "strong_efficiency", "1", true, "total work", "(T(n0)/T(n)) / (n/n0)"},
    MetricInfo{Metric::busbw_retention, "busbw_retention", "1", true, "S", "busbw(n)/busbw(n0)"},
    MetricInfo{Metric::fraction_of_ideal, "fraction_of_ideal", "1", false, "",
               "t_ideal/t, t_ideal from the placement and the rates of the links"},
    MetricInfo{Metric::fraction_of_attainable, "fraction_of_attainable", "1", false, "",
               "t_attainable/t, t_attainable what an algorithm takes over these links"},
    MetricInfo{Metric::busbw, "busbw", "GB/s", false, "", "S/t * factor(n)", MetricRange::quantity, false},
    MetricInfo{Metric::algbw, "algbw", "GB/s", false, "", "S/t", MetricRange::quantity, false},
    MetricInfo{Metric::time, "time", "s", false, "", "median over samples of the slowest rank's time",
               MetricRange::quantity, false},
    MetricInfo{Metric::time_p99, "time_p99", "s", false, "", "99th percentile over samples of the slowest rank's time",
               MetricRange::quantity, false},
    MetricInfo{Metric::bubble_fraction, "bubble_fraction", "1", false, "",
               "1 - sum of compute over ranks / (ranks * step time)"},
    MetricInfo{Metric::overlap_fraction, "overlap_fraction", "1", false, "",
               "1 - time blocked in communication / time of the communication alone"},
    MetricInfo{Metric::mfu, "mfu", "1", false, "", "model operations of a step / (t * peak_flops * ranks)"},
    MetricInfo{Metric::congestion_impact, "congestion_impact", "1", false, "",
               "mean time beside aggressors / alone, median over the splits", MetricRange::factor, false},
    MetricInfo{Metric::congestion_impact_p99, "congestion_impact_p99", "1", false, "",
               "99th percentile of the time beside aggressors / alone, median over the splits", MetricRange::factor,
               false},
    MetricInfo{Metric::karp_flatt, "karp_flatt", "1", true, "work per rank, or in all",
               "(1/S - 1/q) / (1 - 1/q), S the speedup, q = n/n0"},
    MetricInfo{Metric::wrong_data_cases, "wrong_data", "cases", false, "", "those whose data was wrong",
               MetricRange::count, false},
    MetricInfo{Metric::wrong_elements, "wrong_elements", "elements", false, "",
               "elements that were wrong, of all ranks of the cases whose data was wrong", MetricRange::count, false},
    MetricInfo{Metric::failed_cases, "failed_cases", "cases", false, "", "those that failed, for whatever reason",
               MetricRange::count, false},
    MetricInfo{Metric::hangs, "hangs", "1", false, "", "times that the run hung", MetricRange::count, false},
    MetricInfo{Metric::effective_time_ratio, "effective_time_ratio", "1", false, "",
               "1 - (time from faults to regained steps + checkpoints) / wall time", MetricRange::share, false,
               MetricInfo::OfSoak::more_is_better},
    MetricInfo{Metric::recovery_time, "recovery_time", "s", false, "",
               "t8 - t0, fault to the step before it, a quantile over recoveries", MetricRange::quantity, false,
               MetricInfo::OfSoak::less_is_better, true},
    MetricInfo{Metric::detection_time, "detection_time", "s", false, "",
               "t2 - t0, fault to its being declared, a quantile over interruptions", MetricRange::quantity, false,
               MetricInfo::OfSoak::less_is_better, true},
    MetricInfo{Metric::mtbf, "mtbf", "s", false, "", "wall time / interruptions that nobody meant",
               MetricRange::quantity, false, MetricInfo::OfSoak::more_is_better},
    MetricInfo{Metric::interruptions, "interruptions", "1", false, "",
               "times that training stopped and nobody meant it", MetricRange::count, false,
               MetricInfo::OfSoak::less_is_better},
    MetricInfo{Metric::uptime, "uptime", "s", false, "", "first step to last, every interruption recovered from",
               MetricRange::quantity, false, MetricInfo::OfSoak::more_is_better},
    MetricInfo{Metric::bandwidth_decay, "bandwidth_decay", "1", false, "",
               "1 - busbw of the last day / of the first, of the worst collective", MetricRange::share, false,
               MetricInfo::OfSoak::less_is_better},
    MetricInfo{Metric::unmeasured, "unmeasured", "1", false, "", "what is asked for and nothing here measures yet",
               MetricRange::quantity, false},
};

}  // namespace

std::span<const MetricInfo> all_metrics()
{
    return metrics;
}

const MetricInfo& info(Metric metric)
{
    const auto row = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.metric == metric; });
    if (row == metrics.end()) {
        throw std::logic_error("a metric without a row in the table");
    }
    return *row;
}

std::optional<Metric> parse_metric(std::string_view text)
{
    const auto row = std::find_if(metrics.begin(), metrics.end(), [&](const auto& m) { return m.name == text; });
    return row == metrics.end() ? std::nullopt : std::optional(row->metric);
}

bool less_is_better(Metric metric)
{
    constexpr std::array of_cases{Metric::time,       Metric::time_p99,          Metric::bubble_fraction,
                                  Metric::karp_flatt, Metric::congestion_impact, Metric::congestion_impact_p99};
    return std::ranges::find(of_cases, metric) != of_cases.end() || info(metric).range == MetricRange::count ||
           info(metric).of_soak == MetricInfo::OfSoak::less_is_better;
}

}  // namespace plumbline
