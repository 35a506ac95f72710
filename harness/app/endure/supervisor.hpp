// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/endure/launcher_words.hpp"
#include "harness/endure/soak_folder.hpp"
#include "harness/endure/supervision.hpp"
#include "results/endurance/soak.hpp"
#include "scenarios/model/soak_faults.hpp"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline::app {

struct SupervisorSetup {
    endure::SoakFolder& folder;
    Soak soak;             ///< its journal has begun
    bool resumed = false;  ///< another supervisor began it
    endure::Launcher launcher;
    std::vector<SoakFault> faults;
    std::ostream& out;                 ///< a line for each thing that happens
    std::function<int()> seen_signal;  ///< a signal that came, once; 0 for none: the soak pauses
};

/// Runs jobs one after the other until the soak ends, with real processes and clocks: what Supervision decides is
/// carried out, what happens is told to it. Returns what became of the soak. Throws ConfigError where the job refuses
/// what it is given before the first step ever, StoreError where the journal can't be written.
Soak supervise(SupervisorSetup setup);

}  // namespace plumbline::app
