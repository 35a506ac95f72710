// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

namespace plumbline {

struct CaseHeader;
struct CaseRecord;
struct CaseSummary;
struct Round;

/// Step time without any communication cost / compute of one rank; nothing where no closed form is known.
std::optional<double> ideal_step_per_compute(const CaseHeader& header);

/// What a workload's rows have beside times; summary.median_s is there already.
void summarize_workload(const CaseRecord& record, CaseSummary& summary);

/// Share of all ranks' time that is not compute, of each timed sample: 1 - sum of compute / (ranks * slowest time).
/// Empty for cases without compute shares.
std::vector<double> bubble_fractions(const CaseRecord& record);
/// What an estimate of them is computed over: see observations().
std::vector<double> bubble_observations(const CaseRecord& record);

/// 1 - time blocked / time of the communication alone, as observations(), see there; empty where nothing overlaps.
std::vector<double> overlap_observations(const CaseRecord& record);

/// The rank whose time is least waiting: median over the samples of its time that is not blocked in communication is
/// the longest. Nothing where no rank waits. `round` has all ranks' matrices.
std::optional<int> find_critical_rank(const Round& round);

}  // namespace plumbline
