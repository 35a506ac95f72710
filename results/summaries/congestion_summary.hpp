// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace plumbline {

struct Round;
struct CaseRecord;
struct CaseSummary;

/// Of each split of a round that has both kinds of samples: the victims' mean time beside the aggressors / alone.
std::vector<double> mean_impacts(const Round& round);
/// The same of the 99th percentiles, of splits with 299 samples of both kinds (below, it is no percentile).
std::vector<double> p99_impacts(const Round& round);

/// What a congestion case's row has beside the victims' congested times. The impact is the median over the splits (over
/// rounds, or launches, where observations() is) with its exact interval: splits, not samples, are the observations.
void summarize_congestion(const CaseRecord& record, CaseSummary& summary);

}  // namespace plumbline
