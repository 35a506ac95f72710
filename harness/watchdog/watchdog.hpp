// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/util/rank_status.hpp"
#include "harness/watchdog/hang_detection.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline {

struct WatchdogSettings {
    double bound_s = 300;            ///< the run is ended when no rank makes progress, or one is silent, for so long
    std::vector<std::string> names;  ///< [rank] "rank 3 (host2)"
    WorkName work;
    /// Receives the report on the rank that ends the launch; the process ends with status 5 right after.
    std::function<void(const HangReport&)> report;
};

/// A thread on every rank that reports the rank's state to rank 0, over TCP and without the measured library. Rank 0
/// detects hangs of all ranks; the others watch rank 0. Where a rank hangs or died, every watchdog ends its process;
/// stored cases are kept.
class Watchdog {
public:
    /// Collective over world. A rank that can't connect to rank 0 is not watched: see unwatched().
    Watchdog(Communicator& world, const RankStatus& status, WatchdogSettings settings);
    /// Says goodbye. Not collective.
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// On rank 0: names of ranks that could not connect.
    const std::vector<std::string>& unwatched() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
