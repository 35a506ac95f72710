// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace plumbline {

struct CaseRecord;

/// Slowest rank's time of each sample that is not a warm-up, all rounds in order.
std::vector<double> slowest_seconds(const CaseRecord& record);

/// Rounds from which on they, and not the samples in them, are what an interval is computed over.
inline constexpr std::size_t rounds_for_intervals = 6;

/// What an estimate and its interval are computed over. Samples of one burst are no independent observations, nor are
/// rounds of one launch, which share its placement and pages. So with several launches: the estimate of each; with one
/// launch of at least rounds_for_intervals rounds: the median of each one's slowest_seconds(); else those samples
/// themselves.
std::vector<double> observations(const CaseRecord& record);

/// Last rank's start - first rank's, of each such sample whose starts were compared.
std::vector<double> start_skews(const CaseRecord& record);

}  // namespace plumbline
