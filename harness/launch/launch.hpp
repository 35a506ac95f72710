// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/backend_module.hpp"
#include "collectives/api/communicator.hpp"
#include "harness/host/environment.hpp"
#include "scenarios/model/scenario.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline::app {

/// What one rank gets when a backend has brought the ranks up.
struct Launched {
    Communicator& world;
    Backend& backend;
    LaunchTopology whereabouts;
    Backend* sync_backend = nullptr;  ///< brings ranks to a common start where `backend` doesn't
};
using RankBody = std::function<int(Launched)>;

struct LaunchSettings {
    /// Which one, as far as this rank knows; "" where it doesn't, having no scenario. Rank 0's counts.
    std::string backend;
    const Scenario& scenario;
    std::string library;  ///< as in BackendSetup
};

/// Brings up the ranks of this process and runs `body` on each; returns the exit status of rank 0's. 2, after one
/// sentence, where there is no such backend or it can't be used. Where rank 0 doesn't know its name either, `body` gets
/// MPI's, to say why.
int launch(const LaunchSettings& settings, const RankBody& body);

/// In the order in which `list backends` prints them.
std::span<const BackendModule> all_backends();

/// Throws ConfigError naming the known backends.
const BackendModule& backend_named(std::string_view name);

}  // namespace plumbline::app
