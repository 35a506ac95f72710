// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "scenarios/plan/time_bound.hpp"

namespace plumbline::app {

/// Collective over world: what the slowest rank reached in some tenths of a second, the same on every rank.
LaunchRates measure_launch_rates(Communicator& world);

}  // namespace plumbline::app
