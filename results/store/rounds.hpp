// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/store/hdf5_handles.hpp"

#include <set>
#include <utility>

namespace plumbline::layout {

void write_round(hid_t file, const CaseHeader& header, const Round& round);
Round read_round(hid_t file, int id, int round);

/// Everything of it but its matrices.
Round read_frame(hid_t file, int id, int round);
/// The round as far as summarize(), slowest_seconds() and bubble_fractions() need it, from its small derived datasets
/// alone: one column, the slowest rank's time, with each share's mean over the ranks.
Round read_reduced_round(hid_t file, int id, int round);

/// (case, round) of every round that is, or is linked, in the file.
std::set<std::pair<int, int>> list_rounds(hid_t file);

}  // namespace plumbline::layout
