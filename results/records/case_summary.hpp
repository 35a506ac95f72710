// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline {

/// One row of the summary table: every number can be recomputed from the samples.
struct CaseSummary {
    CaseHeader header;  ///< world_ranks left empty
    int launches = 0;   ///< that measured these rounds
    int rounds = 0;
    std::size_t samples = 0;  ///< without warm-ups
    std::size_t warmups = 0;
    std::string stop;           ///< name(StopReason) of the last round; empty where there is none
    std::string interval_over;  ///< "launches", "rounds" or "samples": see observations(); empty without an estimate
    std::string unstable;       ///< name(Instability) of the samples in the order taken; empty when they are stable
    std::optional<double> autocorrelation;  ///< lag 1, of the samples in the order taken
    std::optional<double> half_ratio;       ///< median of the second half / median of the first half
    double confidence = 0.95;               ///< of all intervals in this row
    std::optional<double> median_s, ci_low_s, ci_high_s, min_s, max_s;
    std::optional<double> p95_s, p99_s;  ///< absent below 59 and 299 samples
    std::optional<double> algbw_bytes_per_s, busbw_bytes_per_s;
    /// Workloads, medians over samples: share of all ranks' time that is not compute; the schedule's closed form of it;
    /// seconds of the step beyond that closed form, given the measured compute.
    std::optional<double> bubble_fraction, bubble_ideal, exposed_s;
    /// Workloads that overlap: 1 - time blocked / time of the communication alone; time of compute beside communication
    /// / alone; time of communication beside compute / alone.
    std::optional<double> overlap_fraction, compute_slowdown, communication_slowdown;
    /// Workloads: share of the step in which a rank is blocked in each kind of communication, mean over the ranks.
    std::optional<double> tensor_share, pipeline_share, data_share, expert_share;
    /// The step's operations / what the peak allows in its time, without and with recomputation; see model_card.hpp.
    std::optional<double> mfu, hfu;
    std::optional<double> tokens_per_s;
    std::optional<double> skew_factor;          ///< largest amount that a rank receives / the mean
    std::optional<double> critical_rank;        ///< rank of the case; from the last round that has one
    std::optional<double> median_start_skew_s;  ///< over the timed samples: latest start - earliest start
    /// Congestion, see summarize_congestion(): median of the victims' time alone; the factor by which aggressors
    /// lengthen it, for the mean and for the 99th percentile, with the ends of their intervals.
    std::optional<double> isolated_s;
    std::optional<double> congestion_impact, congestion_impact_low, congestion_impact_high;
    std::optional<double> congestion_impact_p99, congestion_impact_p99_low, congestion_impact_p99_high;
    std::size_t late = 0;             ///< timed samples in which a rank missed the common start
    int machine_state = 0;            ///< of its rounds; or between_states
    std::size_t rounds_left_out = 0;  ///< stored rounds of other machine states
    std::optional<double> cache_line_latency_s,
        l1_copy_s;  ///< medians over its rounds of the slowest host's, see HostSnapshot

    bool operator==(const CaseSummary&) const = default;
};

}  // namespace plumbline
