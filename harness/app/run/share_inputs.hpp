// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/util/sentence.hpp"
#include "harness/launch/launch.hpp"
#include "harness/sampling/traffic_once.hpp"
#include "scenarios/model/scenario.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace plumbline::app {

/// A scenario as this process could read it, or why it couldn't. Only rank 0's is used.
struct LoadedScenario {
    std::optional<Scenario> scenario;
    std::optional<Sentence> error;
};

/// (case id, round index).
using CaseRound = std::pair<int, int>;

/// Collective over world: rank 0 runs `work`. Its ConfigError is thrown on every rank.
void on_root(Communicator& world, const std::function<void()>& work);

/// What every rank measures by.
struct SharedInputs {
    Scenario scenario;
    AvailableAlgorithms algorithms;  ///< empty where the scenario chooses none
    Plan plan;
};

/// Collective over world: rank 0's scenario on every rank, so that no other node needs to see the file; the algorithms
/// that the library of every rank can be told to use, or the reason in `why_not` where the libraries differ; and the
/// plan of both. Throws ConfigError on every rank where rank 0 couldn't read the scenario.
SharedInputs share_inputs(const Launched& launched, const LoadedScenario& loaded);

/// What ranks of one process were given last. Simulated ranks are thousands in one process, and take turns.
struct InputsOfProcess {
    std::shared_ptr<const SharedInputs> inputs;
    Topology topology;    ///< that the plan is for
    TrafficOnce traffic;  ///< of the alltoallv that they are in
};

/// The same; ranks of this process that are given the same share one copy. Collective over world.
std::shared_ptr<const SharedInputs> share_inputs(const Launched& launched, const LoadedScenario& loaded,
                                                 InputsOfProcess& process);

/// Collective over world: rank 0's set on every rank.
std::set<CaseRound> share_rounds(Communicator& world, const std::set<CaseRound>& mine);

}  // namespace plumbline::app
