#pragma once

#include "collectives/backend.hpp"
#include "collectives/backend_module.hpp"
#include "collectives/communicator.hpp"
#include "harness/environment.hpp"
#include "scenarios/scenario.hpp"

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline::app {

/// What one rank gets when a backend has brought the ranks up.
struct Launched {
    Communicator& world;
    Backend& backend;
    Whereabouts whereabouts;
    Backend* aligner = nullptr;  ///< brings ranks to a common start where `backend` doesn't
};
using RankBody = std::function<int(Launched)>;

struct LaunchSettings {
    const Scenario& scenario;
    std::string library;  ///< as in BackendSetup
};

/// One row a backend: how its ranks come to life. `launch` runs `body` on each rank of this process and returns the
/// exit status of rank 0's body; 2, after one sentence, where the backend can't be used.
struct BackendEntry {
    std::string_view name;
    std::string_view summary;
    /// Whether it can be used here. `library`: which library to look at, "" = the one that the loader finds.
    Availability (*find)(const std::string& library);
    int (*launch)(const LaunchSettings& settings, const RankBody& body);
};
std::span<const BackendEntry> all_backends();

/// Throws ConfigError naming the known backends.
const BackendEntry& backend_named(std::string_view name);
}  // namespace plumbline::app
