// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"
#include "results/statistics/statistics.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// A stretch of time, in seconds since 1970.
struct Stretch {
    double from_s = 0;
    double to_s = 0;
    double length_s() const { return to_s - from_s; }
    bool operator==(const Stretch&) const = default;
};

/// When training stood still: from each fault to the first step after it. In order, apart; up to the last record.
std::vector<Stretch> stretches_down(const Soak& soak);
/// When nothing new came of it: from each fault to the step that had not been done before it.
std::vector<Stretch> stretches_lost(const Soak& soak);

/// How the wall-clock time of a soak was spent, from its first step to its last record.
struct TimeSpent {
    double wall_s = 0;
    double lost_s = 0;        ///< stretches_lost(), of which
    double down_s = 0;        ///< stretches_down()
    double checkpoint_s = 0;  ///< checkpoints written while all was well
    double effective_s() const;
    /// ETTR: effective / wall; nothing before the first step.
    std::optional<double> effective_ratio() const;
};
TimeSpent time_spent(const Soak& soak);

/// Of each row of `length_s` (an hour, a day) of the soak, the last one may be shorter: the share of it in which
/// training went on, and in which something came of it.
struct Availability {
    double from_unix_s = 0;
    double length_s = 0;
    double up = 0;
    double effective = 0;
    std::size_t events = 0;  ///< that began in it
};
std::vector<Availability> availability(const Soak& soak, double length_s);

std::size_t interruptions(const Soak& soak);  ///< that nobody meant
std::size_t wrong_data_events(const Soak& soak);

/// The bandwidth of one collective, the last day against the first (or halves of a soak below two days).
struct BandwidthTrend {
    std::string what;
    std::size_t first = 0, last = 0;   ///< sweeps in each of them
    std::optional<double> decay;       ///< 1 - median of the last / median of the first; below 0 where it grew
    std::optional<Interval> interval;  ///< nothing below 7 sweeps on a side
    struct Change {
        double unix_s = 0;
        double ratio = 1;  ///< level after it / level before it
    };
    std::vector<Change> changes;  ///< change points of the series, p below 1e-4 and 2 % and more
};
std::vector<BandwidthTrend> bandwidth_trends(const Soak& soak);

}  // namespace plumbline
