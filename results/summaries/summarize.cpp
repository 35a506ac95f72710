// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/summarize.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/patterns/pattern.hpp"
#include "results/records/case_record.hpp"
#include "results/records/machine_state.hpp"
#include "results/statistics/stability.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/congestion_summary.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/repetition_statistics.hpp"
#include "results/summaries/workload_summary.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace plumbline {
namespace {

TypicalSnapshot look_around_rounds(const CaseRecord& record)
{
    std::vector<const SnapshotPair*> probes;
    for (const Round& round : record.rounds) {
        probes.push_back(&round.machine);
    }
    return typical_snapshot(probes);
}

void summarize_times(std::span<const double> times, const Observed& observed_times, CaseSummary& summary)
{
    summary.median_s = median(observed_times.values);
    if (!summary.median_s) {
        return;
    }
    summary.interval_over = observed_times.over;
    if (pattern_info(summary.header.what.pattern).one_population) {
        summary.unstable = name(find_instability(times));
    }
    summary.autocorrelation = lag1_autocorrelation(times);
    summary.half_ratio = half_ratio(times);
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    summary.min_s = *least;
    summary.max_s = *most;
    if (const auto interval = median_interval(observed_times.values, summary.confidence)) {
        summary.ci_low_s = interval->low;
        summary.ci_high_s = interval->high;
    }
    summary.p95_s = percentile(times, 0.95);
    summary.p99_s = percentile(times, 0.99);
    if (summary.header.what.ranks > 1) {  // one rank alone communicates nothing
        summary.algbw_bytes_per_s = algorithm_bandwidth(summary.header.total_bytes, *summary.median_s);
    }
    if (summary.algbw_bytes_per_s && summary.header.bus_factor) {
        summary.busbw_bytes_per_s = *summary.algbw_bytes_per_s * *summary.header.bus_factor;
    }
}

}  // namespace

CaseSummary with_point_value(CaseSummary row)
{
    if (row.median_s || !row.header.reported) {
        return row;
    }
    row.median_s = row.header.reported->time_s;
    row.algbw_bytes_per_s = algorithm_bandwidth(row.header.total_bytes, *row.median_s);
    if (row.algbw_bytes_per_s && row.header.bus_factor) {
        row.busbw_bytes_per_s = *row.algbw_bytes_per_s * *row.header.bus_factor;
    } else {
        row.algbw_bytes_per_s.reset();
    }
    return row;
}

CaseSummary summarize(const CaseRecord& record, double confidence)
{
    CaseSummary summary;
    summary.header = record.header;
    summary.header.world_ranks.clear();
    summary.confidence = confidence;
    summary.launches = static_cast<int>(launches_of(record).size());
    summary.rounds = static_cast<int>(record.rounds.size());
    summary.machine_state = record.machine_state;
    summary.rounds_left_out = record.left_out;
    const TypicalSnapshot look = look_around_rounds(record);
    summary.cache_line_latency_s = look.cache_line_latency_s;
    summary.l1_copy_s = look.l1_copy_s;
    const auto times = slowest_seconds(record);
    summary.samples = times.size();
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; i < sample_count(round); ++i) {
            summary.warmups += is_warmup(round, i) ? 1U : 0U;
        }
        for (std::size_t i = 0; i < round.late.size(); ++i) {
            summary.late += round.late[i] != 0 && !is_warmup(round, i) ? 1U : 0U;
        }
    }
    summary.median_start_skew_s = median(start_skews(record));
    if (record.header.status == CaseStatus::measured && !record.rounds.empty()) {
        summary.stop = name(record.rounds.back().stop);
        summarize_times(times, observed(record, timed_slowest), summary);
        summarize_workload(record, summary);
        if (pattern_info(record.header.what.pattern).probe == NetworkProbe::congestion) {
            summarize_congestion(record, summary);
        }
    }
    return summary;
}

}  // namespace plumbline
