// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/finding.hpp"

namespace plumbline {

/// What a metric that has no base and needs no links says of a measured case, in the metric's unit, with its interval
/// at the run's confidence; `why` where there is none. The case must have the value (not_judged_reason()).
Value absolute_value(Metric metric, const CaseSummary& c, const RunData& run, CaseTimes& times);

}  // namespace plumbline
