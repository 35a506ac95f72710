// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/app/run/console.hpp"
#include "scenarios/model/scenario.hpp"
#include "scenarios/plan/time_bound.hpp"

namespace plumbline::app {

/// What `run --dry-run` says: every case, and what time and memory the plan takes at most, of what and by scale.
void print_plan(const Console& console, const Scenario& scenario, const Plan& plan, const LaunchRates& rates);

}  // namespace plumbline::app
