// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <string>
#include <vector>

namespace plumbline {

/// One target of a soak's metrics, or of wrong data. `blank`: the finding with all that the target says. Pure.
/// * effective_time_ratio, uptime, interruptions and wrong data are exact: no interval.
/// * recovery_time, detection_time: one-sided bounds of the quantile (95 % where the target names none), from order
///   statistics of all interruptions, injected ones too.
/// * mtbf: one-sided chi-square bounds of the interruptions that nobody meant.
/// * bandwidth_decay: of the collective whose interval reaches worst.
Finding judge_soak(const Target& target, const Soak& soak, Finding blank);

/// Why a metric of soaks has no value in a run that is none.
Sentence no_soak_reason(Metric metric);

/// What is said of a soak whatever the targets: that it isn't over, gave up, or that data was wrong.
std::vector<Finding> soak_findings(const Soak& soak);

}  // namespace plumbline
