// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/host/environment.hpp"
#include "harness/launch/launch_start.hpp"
#include "scenarios/model/scenario.hpp"

#include <functional>
#include <string>

namespace plumbline::app {

/// What one rank gets when a backend has brought the ranks up.
struct Launched {
    Communicator& world;
    Backend& backend;
    const LaunchTopology& whereabouts;  ///< outlives the body; simulated ranks share it
    Backend* sync_backend = nullptr;    ///< brings ranks to a common start where `backend` doesn't
};
using RankBody = std::function<int(Launched)>;

struct LaunchSettings {
    /// Which one, as far as this rank knows; "" where it doesn't, having no scenario. Rank 0's counts.
    std::string backend;
    const Scenario& scenario;
    std::string library;  ///< as in BackendSetup
    LauncherOptions launcher = {};
    std::function<bool()> interrupted = [] { return false; };  ///< looked at while ranks wait for each other to come
};

/// Brings up the ranks of this process and runs `body` on each; returns the exit status of rank 0's. 2, after one
/// sentence, where there is no such backend, it can't be used, or the ranks that were announced can't be had. Where
/// rank 0 doesn't know its name either, `body` gets any, to say why.
int launch(const LaunchSettings& settings, const RankBody& body);

/// Ranks that are up, before any library is measured.
struct RanksUp {
    Communicator& world;
    LaunchTopology whereabouts;
    LaunchStart start;
    std::string host_name;  ///< of this rank
    std::string library;    ///< "Open MPI 4.1.4"; "" without MPI
    std::string module;     ///< path of MPI's module; "" without one
};

/// Brings up the ranks as launch() does, without a backend, and runs `body` on each; returns its status. Throws
/// ConfigError where the ranks that were announced can't be had.
int bring_up(const LauncherOptions& launcher, const std::function<bool()>& interrupted,
             const std::function<int(RanksUp)>& body);

}  // namespace plumbline::app
