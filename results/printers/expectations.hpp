// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/link_rates.hpp"

#include <ostream>
#include <span>
#include <string>

namespace plumbline {

/// The measured bus bandwidth of the largest message of each kind and scale, beside what an algorithm attains over
/// these links and what physics allows. Nothing where no rate of a link is known.
void expectations_text(std::ostream& out, std::span<const CaseSummary> cases, const IdealTimes& ideals,
                       Language language = Language::en);

/// JSON: [{"case_id", "busbw_GBps", "algorithm", "attainable_busbw_GBps", "of_attainable", "faster_than",
/// "bound_busbw_GBps", "of_bound"}] of every case with a bound; null where an algorithm is not modelled. `faster_than`:
/// an algorithm that attains less than was measured, so that it was another one; the first three are null then.
std::string expectations_json(std::span<const CaseSummary> cases, const IdealTimes& ideals);

}  // namespace plumbline
