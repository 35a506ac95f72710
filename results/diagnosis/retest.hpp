#pragma once

#include "collectives/patterns/pairwise.hpp"
#include "results/diagnosis/suspects.hpp"

#include <span>
#include <vector>

namespace plumbline {

/// How often each round with a suspect is taken once more.
inline constexpr int confirmations = 16;
/// So many different rounds for each suspect.
inline constexpr int rounds_a_suspect = 4;

/// Rounds, ascending, that together hold some links of every suspect, and links of ranks that nobody suspects beside
/// them, against which they are judged. Empty without suspects.
std::vector<int> rounds_to_confirm(const PairwiseSchedule& schedule, std::span<const Suspect> suspects,
                                   const RankNodes& nodes);

}  // namespace plumbline
