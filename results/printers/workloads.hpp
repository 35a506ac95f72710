// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"

#include "results/texts/language.hpp"

#include <ostream>
#include <span>

namespace plumbline {

/// Sections of show_text() on cases of some kinds. Each prints nothing where there is no such case.

/// Idle and exposed time of workloads.
void show_workloads(std::ostream& out, std::span<const CaseSummary> cases, Language language = Language::en);
/// Overlap, shares of the step, and what follows from the model; only the columns that some case has.
void show_training(std::ostream& out, std::span<const CaseSummary> cases, Language language = Language::en);
void show_congestion(std::ostream& out, std::span<const CaseSummary> cases, Language language = Language::en);

}  // namespace plumbline
