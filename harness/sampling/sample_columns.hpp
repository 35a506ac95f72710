// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "results/records/round.hpp"

#include <vector>

namespace plumbline {

/// The rank of a case that gathers what its ranks measured.
inline constexpr int case_root = 0;

/// Collective over members: each rank's samples, of which all have equally many, as [sample][rank] on the case root;
/// empty elsewhere.
SampleMatrix gather_matrix(Communicator& members, const std::vector<double>& column);

}  // namespace plumbline
