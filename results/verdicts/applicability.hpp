#pragma once

#include "results/verdicts/verdict.hpp"

#include <optional>
#include <string>

/// Why a case can't be judged by a metric: NOT_MEASURED, with one sentence. Pure but for reads in `run`.
namespace plumbline {

/// busbw and what is made of it.
bool made_of_busbw(Metric metric);

/// Why the metric does not speak of this pattern at all; nothing when it does.
std::optional<std::string> misfit(Metric metric, const CaseIdentity& what);

/// The first of: the metric doesn't speak of this pattern; the case has no number for it; no efficiency can be claimed.
/// Nothing where it can be judged.
std::optional<std::string> why_unjudged(Metric metric, const CaseSummary& c, const Measured& run);

/// Why this case has no number for the metric; nothing when it has one.
std::optional<std::string> why_no_number(Metric metric, const CaseSummary& c);

/// Why no efficiency can be claimed of the case; nothing where the metric claims none, or its ranks don't take turns.
std::optional<std::string> why_not_claimed(Metric metric, const CaseSummary& c, const Measured& run);

}  // namespace plumbline
