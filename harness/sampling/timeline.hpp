// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/workloads/executor.hpp"
#include "results/records/timeline.hpp"

#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Ranks of a case, and steps in all, that a stored timeline has at most.
inline constexpr int timeline_ranks = 64;
inline constexpr std::size_t timeline_steps = 65536;

/// The steps of one rank as they stand in a timeline, `most` at most, without those that only test; `stamps` are from
/// the sample's start on. Pure.
std::vector<TimelineStep> timeline_of_rank(const Program& program, std::span<const StepStamps> stamps, int rank,
                                           std::size_t most);

/// What this rank noted in one execution.
struct TracedSample {
    std::size_t sample = 0;  ///< which of the round's
    double begin_s = 0;      ///< its start on this rank, on the clock of the stamps
    std::vector<StepStamps> stamps;
};

/// Collective over members: the timeline of the first ranks on rank 0, nothing elsewhere. Moments are from each rank's
/// own start; see shift_to_common_start().
std::optional<Timeline> gather_timeline(Communicator& members, const Program& program, const TracedSample& traced);

/// Makes moments count from the earliest rank's start; `offsets_s`: each rank's start from there.
void shift_to_common_start(Timeline& timeline, std::span<const double> offsets_s);

}  // namespace plumbline
