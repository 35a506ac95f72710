// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

#include <cstdint>
#include <set>
#include <utility>

namespace plumbline::layout {

/// How much of a round is read.
enum class Extent : std::uint8_t {
    whole,
    for_summary,  ///< what summarize() needs: without links, timeline, interference and devices
};

void write_round(hdf5::Contents& file, const CaseHeader& header, const Round& round);
Round read_round(hid_t file, int id, int round, Extent extent = Extent::whole);
/// Everything of it but its matrices.
Round read_frame(hid_t file, int id, int round);

/// (case, round) of every round that is, or is linked, in the file.
std::set<std::pair<int, int>> list_rounds(hid_t file);

}  // namespace plumbline::layout
