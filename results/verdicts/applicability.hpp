// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"

#include <optional>
#include <string>

/// Why a case can't be judged by a metric: NOT_MEASURED, with one sentence. Pure but for reads in `run`.
namespace plumbline {

/// busbw and what is made of it.
bool made_of_busbw(Metric metric);

/// fraction_of_ideal and fraction_of_attainable.
bool made_of_link_rates(Metric metric);

/// Why the metric speaks of no case of this pattern, whatever its parameters; nothing when it does.
std::optional<Sentence> not_of_pattern_reason(Metric metric, const std::string& pattern_name);

/// Why the metric does not speak of this case; nothing when it does.
std::optional<Sentence> not_applicable_reason(Metric metric, const CaseIdentity& what);

/// The first of: the metric doesn't speak of this pattern; the case has no number for it; no efficiency can be claimed.
/// Nothing where it can be judged.
std::optional<Sentence> not_judged_reason(Metric metric, const CaseSummary& c, const RunData& run);

/// Why this case has no number for the metric; nothing when it has one.
std::optional<Sentence> missing_value_reason(Metric metric, const CaseSummary& c);

/// Why no efficiency can be claimed of the case; nothing where the metric claims none, or its ranks don't take turns.
std::optional<Sentence> shared_cores_reason(Metric metric, const CaseSummary& c, const RunData& run);

}  // namespace plumbline
