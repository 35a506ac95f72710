// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/layout/contradiction.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/scaling_row.hpp"

#include <map>
#include <span>
#include <vector>

namespace plumbline::layout {

/// One row a case, in the order given.
void write_summary(hdf5::Contents& file, std::span<const CaseSummary> cases);
/// With the headers.
std::vector<CaseSummary> read_summary(hid_t file);
/// Each field of /summary that says something else than the recomputed row of its case, by id. Rows of other cases are
/// not looked at.
std::vector<Contradiction> compare_summary(hid_t file, const std::map<int, CaseSummary>& recomputed);
void write_scaling(hdf5::Contents& file, std::span<const ScalingRow> rows);
/// Each field of /scaling that says something else than these rows.
std::vector<Contradiction> compare_scaling(hid_t file, std::span<const ScalingRow> rows);

}  // namespace plumbline::layout
