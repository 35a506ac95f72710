// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/congestion_rows.hpp"
#include "results/records/device_readings.hpp"
#include "results/records/interference.hpp"
#include "results/records/link_rows.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

enum class StopReason : std::uint8_t {
    converged,  ///< the interval is as narrow as asked
    budget,     ///< max_seconds was used up
    cap,        ///< max_samples was reached
};
std::string_view name(StopReason reason);
std::optional<StopReason> parse_stop_reason(std::string_view text);

/// Row-major [sample][rank].
struct SampleMatrix {
    std::size_t samples = 0;
    std::size_t ranks = 0;
    std::vector<double> values;

    std::span<const double> row(std::size_t sample) const { return {values.data() + sample * ranks, ranks}; }
    bool operator==(const SampleMatrix&) const = default;
};

/// The samples of one repetition of a case. Samples that the statistics ignore are kept and flagged.
struct Round {
    int index = 0;
    int launch = 0;    ///< 0-based number of the launch; run --append adds one
    int position = 0;  ///< 0-based position in the order of execution
    int beside = 0;    ///< so many other cases were measured at the same time, on other nodes
    double started_unix_s = 0;
    double elapsed_s = 0;  ///< wall time of the whole round on the case root, with its untimed parts
    StopReason stop = StopReason::cap;
    SampleMatrix seconds;              ///< time of each execution on each rank
    std::vector<std::uint8_t> warmup;  ///< [sample] 1 = not in the statistics: a warm-up, the first sample after
                                       ///< a pause, or a sample on fresh data for verification
    std::vector<std::uint32_t> batch;  ///< [sample] executions whose mean the sample is
    std::string synchronisation;       ///< "barrier", "dissemination" or "window"; empty without samples
    /// Start of each rank after the earliest rank's start, same shape as `seconds`; nothing without a shared clock.
    std::optional<SampleMatrix> start_offset_s;
    std::optional<double> clock_error_s;  ///< largest error of that clock on any rank; present with start_offset_s
    std::vector<std::uint8_t> late;       ///< [sample] 1 = a rank missed the common start; empty without start windows
    /// Workloads only: parts of each execution by name ("compute_s"), same shape as `seconds`.
    std::map<std::string, SampleMatrix> shares;
    /// Workloads that communicate: executions of the compute alone ("compute_s") and of everything but compute
    /// ("communication_s"), taken between samples, [sample][rank].
    std::map<std::string, SampleMatrix> isolated;
    std::optional<int> critical_rank;          ///< workloads with waits: rank of the case that is busy longest
    std::optional<Timeline> timeline;          ///< workloads only
    std::vector<Interference> interference;    ///< [rank of the case]; empty where the ranks are simulated
    std::vector<DeviceReadings> devices;       ///< [rank of the case]; empty without readings of devices
    SnapshotPair machine;                      ///< empty where nothing was measured
    std::optional<LinkRows> links;             ///< patterns links and bisect only
    std::optional<CongestionRows> congestion;  ///< pattern congestion only

    bool operator==(const Round&) const = default;
};

}  // namespace plumbline
