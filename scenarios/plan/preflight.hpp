// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "scenarios/model/scenario.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What a run of `scenario` would skip or leave unmeasured, in the order of the file: workloads that don't fit a scale,
/// targets that choose no case or a scale that none has, and mfu of cases that don't say what the hardware could do.
/// One sentence each, "FILE:LINE: key 'PATH' ... (why). suggestion". Pure.
///
/// Only what is certain: `ranks` is how many the launch will have. Nothing: not known, and scales that say "all" or
/// count nodes are left out, unless the cluster is simulated, which has as many as the scenario says.
/// Collectives that don't fit (a ping-pong on 1 rank) are no problem: one list of scales serves many patterns.
///
/// Throws ConfigError where make_plan() does: a scale above `ranks`.
std::vector<Sentence> preflight_problems(const Scenario& scenario, std::optional<int> ranks);

/// What targets can't be about, whatever is run: a metric that their pattern doesn't have. Sentences as above, with
/// `lines` of the targets in the file `path`. Pure.
std::vector<std::string> target_problems(std::span<const Target> targets, std::span<const int> lines,
                                         const std::string& path);
/// What they may not mean: a bound that the worse side passes, a time without a unit, an MTBF that the uptime which is
/// asked for can't prove. Sentences "FILE:LINE: ..." for warnings. Pure.
std::vector<Sentence> target_doubts(std::span<const Target> targets, std::span<const int> lines,
                                    const std::string& path);

}  // namespace plumbline
