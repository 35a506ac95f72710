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
    double bound_s = 300;            ///< nobody gets on, or a rank is silent, for so long: the run is over
    std::vector<std::string> names;  ///< [rank] "rank 3 (host2)"
    WorkName work;
    /// Told the report on the rank that ends the launch; the process ends with status 5 right after.
    std::function<void(const HangReport&)> report;
};

/// A thread on every rank that tells rank 0's where its rank is, over TCP and without the library that is measured.
/// Rank 0's judges them all; the others watch rank 0. Ends the process when something is wrong: what is stored stays.
class Watchdog {
public:
    /// Collective over world. Whoever can't reach rank 0 is not watched: see unwatched().
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
