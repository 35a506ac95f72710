#pragma once

#include "results/records/record.hpp"

namespace plumbline {

/// Step time without any communication cost / compute of one rank; nothing where no closed form is known.
std::optional<double> ideal_step_per_compute(const CaseHeader& header);

/// What a workload's rows have beside times; summary.median_s is there already.
void summarize_workload(const CaseRecord& record, CaseSummary& summary);

/// The rank whose time is least waiting: median over the samples of its time that is not blocked in communication is
/// the longest. Nothing where no rank waits. `round` has all ranks' matrices.
std::optional<int> find_critical_rank(const Round& round);

}  // namespace plumbline
