// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "tests/conformance/checks.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace plumbline::conformance {

std::string describe_call(const CollectiveCall& call);

/// `call` with the counts of `rank`.
CollectiveCall with_counts(CollectiveCall call, const TrafficMatrix& matrix, int rank);

/// Every type, reduction, place and root that `collective` has: float32 with each of these counts, the others with one
/// of them in turn.
std::vector<CollectiveCall> all_calls(Collective collective, std::span<const std::uint64_t> counts, int rank,
                                      int ranks);

/// Collective over the group: executes `call` twice on fresh data and looks at it. A call that the backend refuses is
/// noted; that all ranks refuse it is checked.
void run_and_check(Rank& me, Group& group, const CollectiveCall& call);

}  // namespace plumbline::conformance
