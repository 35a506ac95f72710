// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"

namespace plumbline {

struct CaseRecord;

/// The row with what was reported in place of a median, where there are no samples: a point, without an interval.
CaseSummary with_point_value(CaseSummary row);

/// Pure. `confidence` in (0, 1).
CaseSummary summarize(const CaseRecord& record, double confidence);

}  // namespace plumbline
