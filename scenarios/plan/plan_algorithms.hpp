// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "results/records/case_identity.hpp"
#include "scenarios/model/scenario.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace plumbline {

/// The algorithms by which an entry's cases are measured beside the library's own choice: as offered, or as written.
/// "all" or the names as written where there is no choice, for why_no_algorithm() to say. Throws ConfigError for a name
/// that isn't among those offered for its operation. None for an entry that doesn't ask.
std::vector<std::string> planned_algorithms(const Scenario& scenario, std::size_t entry,
                                            const AvailableAlgorithms& offer);

/// Why the case can't be run by its algorithm, one sentence; empty when it can, or has none.
std::string why_no_algorithm(const CaseIdentity& what, const AvailableAlgorithms& offer);

}  // namespace plumbline
