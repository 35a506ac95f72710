// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "harness/util/rank_status.hpp"
#include "harness/watchdog/hang_detection.hpp"

#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline {

struct WatchdogSettings {
    double bound_s = 300;            ///< the run is ended when no rank makes progress, or one is silent, for so long
    std::vector<int> node_of_rank;   ///< [rank], nodes in the order of their first rank
    std::vector<std::string> names;  ///< [rank] "rank 3 (host2)"; on rank 0
    WorkName work;
    /// Receives the report on the rank that ends the launch; the process ends right after.
    std::function<void(const HangReport&)> report;
    /// Ends the process with status 5. Tests end something else.
    std::function<void()> end_process = [] { ::_exit(5); };
};

/// A thread on every rank that reports the rank's state to rank 0, over TCP and without the measured library: each rank
/// to one of its node, each node to one above it (WatchTree). Rank 0 detects hangs of all ranks; the others watch the
/// rank above them, and rank 0 through it. Where a rank hangs or died, every watchdog ends its process; stored cases
/// are kept.
class Watchdog {
public:
    /// Collective over world. A rank that can't connect is not watched, nor are those below it: see unwatched().
    Watchdog(Communicator& world, const RankStatus& status, WatchdogSettings settings);
    /// Says goodbye. Not collective.
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// On rank 0: names of ranks that are not watched.
    const std::vector<std::string>& unwatched() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace plumbline
