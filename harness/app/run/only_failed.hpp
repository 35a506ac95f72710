// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "scenarios/model/scenario.hpp"

#include <set>
#include <span>

namespace plumbline::app {

/// Ids of the planned cases that failed, were skipped, or are not among the cases of an earlier run. Pure.
std::set<int> cases_to_measure_again(const Plan& plan, std::span<const CaseSummary> earlier);

/// The plan with these cases alone, numbered anew. Pure.
Plan only_cases(const Plan& plan, const std::set<int>& ids);

}  // namespace plumbline::app
