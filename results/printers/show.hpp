// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/comparison/algorithm_comparison.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/run_metadata.hpp"
#include "results/records/scaling_row.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/finding.hpp"

#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Formatting only; no reading, no judging. Text is for people, in their language; JSON, CSV and JUnit are English. All
/// text is UTF-8, tables are at most 80 columns wide where the values allow.

void show_text(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, bool complete, Language language = Language::en);
/// `expectations`: expectations_json() as text.
void show_json(std::ostream& out, const RunMetadata& info, std::span<const CaseSummary> cases,
               std::span<const ScalingRow> scaling, std::span<const BestAlgorithm> algorithms, bool complete,
               std::string_view expectations = "[]");
void show_csv(std::ostream& out, std::span<const CaseSummary> cases, const RunMetadata& info);

/// One line on the states of the machine; nothing where they were not probed.
void show_machine(std::ostream& out, const MachineStates& states, Language language = Language::en);

void check_text(std::ostream& out, const Judgement& judgement, bool simulated, Language language = Language::en);
/// The verdict and what qualifies it, in one line.
void verdict_text(std::ostream& out, const Judgement& judgement, bool simulated, Language language = Language::en);
void check_json(std::ostream& out, const RunMetadata& info, const Judgement& judgement);
void check_junit(std::ostream& out, const RunMetadata& info, const Judgement& judgement);

}  // namespace plumbline
