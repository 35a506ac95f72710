// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/machine_state.hpp"
#include "results/records/round.hpp"
#include "results/records/run_metadata.hpp"
#include "results/summaries/round_digest.hpp"

#include <span>

/// What is read is held against what else is known of the run, so that nothing behind the store meets a rank, a length
/// or a time that can't be. Each throws hdf5::Error with what is wrong. Pure.
namespace plumbline::layout {

void check_run(const RunMetadata& info);
void check_probes(const RunMetadata& info, std::span<const HostProbe> probes);
/// Of a case with samples: one world rank a rank, each of the launch and none twice.
void check_world_ranks(const RunMetadata& info, const CaseHeader& header, std::span<const int> world_ranks);
void check_round(const RunMetadata& info, const CaseHeader& header, const Round& round);
void check_digest(const RunMetadata& info, const CaseHeader& header, const RoundDigest& digest);
/// Interference, devices and timeline of a round with samples.
void check_surroundings(const CaseHeader& header, const Round& round);
/// Of a round to store. Throws std::logic_error: a shape that no reader could make sense of is the caller's mistake.
void check_shapes(const CaseHeader& header, const Round& round);

}  // namespace plumbline::layout
