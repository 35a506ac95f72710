#pragma once

#include "harness/launch/launch.hpp"
#include "harness/util/rank_status.hpp"
#include "harness/watchdog/watchdog.hpp"
#include "scenarios/model/scenario.hpp"

#include <memory>
#include <optional>
#include <string>

namespace plumbline::app {

/// Seconds of --hang-after; nothing for "never". Throws ConfigError.
std::optional<double> hang_bound_s(const std::string& hang_after);

struct WatchOptions {
    std::string hang_after;  ///< a time, or "never"
    std::string path;        ///< of the run file, for the last words
};

/// Collective over world: watches this rank while it carries out `plan`; nothing where the ranks are simulated, there
/// is one, or nobody wants it. `status` and `plan` must outlive it. Throws ConfigError.
std::unique_ptr<Watchdog> watch(const Launched& launched, const Plan& plan, const RankStatus& status,
                                const WatchOptions& options);

}  // namespace plumbline::app
