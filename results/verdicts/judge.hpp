// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/verdicts/finding.hpp"
#include "results/verdicts/target.hpp"

#include <cstdint>
#include <span>

namespace plumbline {

struct RunData;

/// Cases without samples have what another suite reported, and no interval.
enum class PointEstimates : std::uint8_t {
    refuse,  ///< NOT_MEASURED
    allow,   ///< the estimate alone decides, and the finding says so
};

/// Pure but for the reads in `run`. Every target gives at least one finding. Without targets there are none and no
/// verdict (measured, not judged), but where a case failed, none was measured, or the run is not complete.
/// Nothing is decided on a fake: every finding is NOT_MEASURED, and there is one even without targets.
/// Wrong data in any case is a finding of its own, FAIL, whatever the targets say.
/// A run that isn't complete gets one NOT_MEASURED finding more: what is missing can't be known here.
Judgement judge(std::span<const Target> targets, const RunData& run, PointEstimates points = PointEstimates::refuse);

}  // namespace plumbline
