// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/finding.hpp"

#include <optional>

/// What the state of a whole run adds to the findings of its targets.
namespace plumbline {

/// Of a run that stopped before its plan was done.
Finding incomplete_run();

/// FAIL where the data of any case was wrong; nothing elsewhere.
std::optional<Finding> wrong_data_run(const RunData& run);

/// Cases of a run without targets that must not end green: where any failed, or none was measured.
std::optional<Finding> unmeasured_run(const RunData& run);

/// Every case with what was reported in place of a median.
RunData with_point_values(RunData run);
/// What was left open for want of an interval, decided by the estimate alone.
void decide_on_point(Finding& finding, const RunData& run);

/// Why nothing of a stand-in decides anything.
Sentence stand_in_reason();

/// Every finding is NOT_MEASURED, and says so unless it has no measurement for another reason: what a fake for tests
/// shows is how the program behaves, not how a library does.
void reject_fake_library(Judgement& judgement);

}  // namespace plumbline
