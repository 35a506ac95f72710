// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/patterns/pairwise.hpp"
#include "results/diagnosis/suspects.hpp"

#include <span>
#include <vector>

namespace plumbline {

/// How often each matching with a suspect is repeated.
inline constexpr int retest_passes = 16;
/// Different matchings for each suspect.
inline constexpr int matchings_per_suspect = 4;

/// Indices of matchings, ascending, that together hold some links of every suspect and, to judge them against, links
/// that are not suspected. Of a suspect those in which as many of its messages are under way at once as in most of the
/// sweep: what is slow only when it is shared (a leaf's trunk, the NIC of several ranks) is judged by the load that it
/// was suspected under. Empty without suspects. Pure.
std::vector<int> matchings_to_retest(const PairwiseSchedule& schedule, std::span<const Suspect> suspects,
                                     const RankNodes& nodes);

}  // namespace plumbline
