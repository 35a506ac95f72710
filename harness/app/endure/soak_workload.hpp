// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/model/scenario.hpp"

namespace plumbline::app {

/// The case that is run step after step: the first workload on all ranks, else the first collective on them. Throws
/// ConfigError where there is none.
const Case& choose_workload(const Plan& plan, int ranks);

/// An operation whose every element is looked at, for workloads whose messages carry no pattern.
Case checked_case(int ranks, int nodes);

}  // namespace plumbline::app
