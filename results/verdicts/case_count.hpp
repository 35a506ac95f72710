// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"

#include <cstddef>
#include <span>
#include <string>

namespace plumbline {

/// How many of some cases are what a metric of range count asks for: wrong_data, failed_cases, hangs; of
/// wrong_elements how many elements they have.
struct CaseCount {
    std::size_t found = 0;
    Sentence first;        ///< the first of them and what is wrong with it; empty where there is none
    Sentence basis;        ///< "12 of 15 cases have data that can be checked": of what it was counted
    Sentence why_not_all;  ///< not empty: what was not looked at, so that there may be more
};

/// "1,040 elements" that were wrong in these cases, "at least ..." where some didn't count them; empty where none did.
Sentence wrong_elements_text(std::span<const CaseSummary* const> cases);

/// `cases` isn't empty. `complete`: the run came to its end, which it doesn't where it hangs; `resumed`: not in one go.
/// Skipped cases don't count. Pure.
CaseCount count_cases(Metric metric, std::span<const CaseSummary* const> cases, bool complete, bool resumed);

}  // namespace plumbline
