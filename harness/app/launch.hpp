#pragma once

#include "collectives/backend.hpp"
#include "collectives/communicator.hpp"
#include "harness/environment.hpp"
#include "scenarios/scenario.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline::app {

/// What one rank gets when a backend has brought the ranks up.
struct Launched {
    Communicator& world;
    Backend& backend;
    Whereabouts whereabouts;
};
using RankBody = std::function<int(Launched)>;

/// One row a backend: how its ranks come to life. `launch` runs `body` on each rank of this process and returns the
/// exit status of rank 0's body.
struct BackendEntry {
    std::string_view name;
    std::string_view summary;
    /// "Open MPI 4.1.4" when it can be used here, else why not.
    std::string (*version)();
    std::optional<std::string> (*unusable_reason)();
    int (*launch)(const Scenario& scenario, const RankBody& body);
};
std::span<const BackendEntry> all_backends();

/// Throws ConfigError naming the nearest backend, or the reason why this one can't be used here.
const BackendEntry& find_backend(std::string_view name);

}  // namespace plumbline::app
