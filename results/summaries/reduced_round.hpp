// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"

namespace plumbline {

/// The round as far as summarize(), slowest_seconds() and bubble_fractions() need it: in place of each matrix one
/// column, the slowest rank's time or the mean over the ranks. Its size doesn't grow with the ranks. Pure.
Round reduced(const Round& round);

}  // namespace plumbline
