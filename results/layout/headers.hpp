// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_summary.hpp"

#include <span>
#include <vector>

namespace plumbline::layout {

/// The group of a case and everything of its header but the world ranks.
void write_header(hdf5::Contents& file, const CaseHeader& header);
/// World ranks left empty.
CaseHeader read_header(hid_t file, int id);
/// All of them once more in one place: opening each case's group to list them takes longer than all else.
void write_headers(hdf5::Contents& file, std::span<const CaseSummary> cases);
/// Of the cases `ids`, in that order; from the groups where the file is from before there was one place.
std::vector<CaseHeader> read_headers(hid_t file, std::span<const int> ids);
void write_world_ranks(hdf5::Contents& file, const CaseHeader& header);
std::vector<int> read_world_ranks(hid_t file, int id);

}  // namespace plumbline::layout
