// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/run/share_inputs.hpp"
#include "harness/launch/launch.hpp"

#include <functional>
#include <string>

namespace plumbline::app {

/// What a job of `plumbline endure` is given on its command line.
struct SoakJobOptions {
    std::string meeting_point;  ///< "FILE@ADDRESS:PORT,...", where the supervisor is
    std::string hang_after;     ///< as in run
};

/// One segment of a soak on this rank: joins, loads the last checkpoint that every rank can, and makes one step of the
/// workload after the other until the supervisor or a signal ends it. Collective over world. Returns the exit status of
/// the launch: 0 where it ended in order. Throws ConfigError on every rank for what can't be run, which rank 0 has told
/// the supervisor by then.
int run_soak_job(const Launched& launched, const SoakJobOptions& options, const LoadedScenario& loaded,
                 const std::function<bool()>& interrupted);

}  // namespace plumbline::app
