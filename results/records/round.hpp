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

/// The samples of one case that were taken in one go. Those that the statistics leave out are kept too, flagged.
struct Round {
    int index = 0;
    int launch = 0;    ///< of the program, counted from 0: run --append adds one
    int position = 0;  ///< 0-based position in the order of execution
    double started_unix_s = 0;
    double elapsed_s = 0;  ///< wall time of the whole round on the case's root, untimed parts included
    StopReason stop = StopReason::cap;
    SampleMatrix seconds;              ///< time of each execution on each rank
    std::vector<std::uint8_t> warmup;  ///< [sample] 1 = not in the statistics: a warm-up, the first after a pause,
                                       ///< or one of fresh data made to be checked
    std::vector<std::uint32_t> batch;  ///< [sample] executions that the sample is the mean of
    std::string synchronisation;       ///< "barrier", "dissemination" or "window"; empty without samples
    /// When each rank started, from the earliest rank's start, same shape as `seconds`; nothing where no clock is
    /// shared.
    std::optional<SampleMatrix> start_offset_s;
    std::optional<double> clock_error_s;  ///< how far that clock may be off on any rank; there with start_offset_s
    std::vector<std::uint8_t> late;       ///< [sample] 1 = a rank missed the common start; empty without start windows
    /// Workloads only: share of each execution, same shape as `seconds` ("compute_s").
    std::map<std::string, SampleMatrix> shares;
    /// Workloads that communicate: executions of their compute alone ("compute_s") and of all but compute
    /// ("communication_s"), taken in between, [sample][rank].
    std::map<std::string, SampleMatrix> isolated;
    std::optional<int> critical_rank;          ///< workloads that wait: rank of the case that is busy longest
    std::optional<Timeline> timeline;          ///< workloads only
    std::vector<Interference> interference;    ///< [rank of the case]; empty where the ranks are simulated
    std::vector<DeviceReadings> devices;       ///< [rank of the case]; empty where no device tells anything
    SnapshotPair machine;                      ///< right before and after; empty when not probed
    std::optional<LinkRows> links;             ///< of the patterns links and bisect alone
    std::optional<CongestionRows> congestion;  ///< of the pattern congestion alone

    bool operator==(const Round&) const = default;
};

}  // namespace plumbline
