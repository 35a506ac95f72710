// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/launch/launch.hpp"
#include "harness/util/rank_status.hpp"
#include "harness/watchdog/watchdog.hpp"
#include "results/texts/language.hpp"
#include "scenarios/model/scenario.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::app {

/// The value of --hang-after in seconds; nothing for "never". Throws ConfigError.
std::optional<double> hang_bound_s(const std::string& hang_after);

struct WatchOptions {
    std::string hang_after;  ///< a time, or "never"
    std::string path;        ///< of the run file, which the final report names; "" = there is none
    std::function<void(const HangReport&)> also = {};  ///< told after the report was printed, right before the end
    bool log_json = false;                             ///< as of `run`
    Language language = Language::en;
};

/// Collective over world: starts the watchdog of this rank for the time in which it executes `plan`. Null where ranks
/// are simulated, where there is only one, or with --hang-after never. `status` and `plan` must outlive it. Throws
/// ConfigError.
std::unique_ptr<Watchdog> watch(const Launched& launched, const Plan& plan, const RankStatus& status,
                                const WatchOptions& options);

}  // namespace plumbline::app
