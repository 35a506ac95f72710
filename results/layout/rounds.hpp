// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/summaries/round_digest.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace plumbline::layout {

/// How much of a round is read.
enum class Extent : std::uint8_t {
    whole,
    for_summary,  ///< what summarize() needs: without links, timeline, interference and devices
};

/// With its digest where that is_worth_a_digest().
void write_round(hdf5::Contents& file, const CaseHeader& header, const Round& round);
Round read_round(hid_t file, int id, int round, Extent extent = Extent::whole);
/// Everything of it but its matrices.
Round read_frame(hid_t file, int id, int round);
/// Nothing where the file has none of this round.
std::optional<RoundDigest> read_round_digest(hid_t file, int id, int round);
/// Adds interference, devices and timeline, as read_round() has them.
void read_surroundings(hid_t file, int id, int round, Round& into);

/// (case, round) of every round that is, or is linked, in the file.
std::set<std::pair<int, int>> list_rounds(hid_t file);

}  // namespace plumbline::layout
