// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "harness/host/binding.hpp"
#include "harness/host/container_limits.hpp"
#include "harness/launch/launch.hpp"
#include "results/records/run_metadata.hpp"
#include "scenarios/model/scenario.hpp"

namespace plumbline::app {

/// What a run is described by.
struct RunParts {
    const Launched& launched;
    const Scenario& scenario;
    const Plan& plan;
    const AvailableAlgorithms& algorithms;
    const BindingReport& binding;
    LimitsReport limits = {};
    double clock_cost_s = 0;  ///< of the slowest rank
};

/// What the run file says of the run as a whole: scenario, ranks, library, machine, clocks. Call it on rank 0, which
/// alone knows the hosts. `warnings` holds the binding's.
RunMetadata describe_run(const RunParts& parts);

}  // namespace plumbline::app
