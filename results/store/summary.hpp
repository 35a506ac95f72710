// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_summary.hpp"
#include "results/records/scaling_row.hpp"
#include "results/store/hdf5_handles.hpp"

#include <span>
#include <vector>

namespace plumbline::layout {

/// One row a case, in the order given.
void write_summary(hid_t file, std::span<const CaseSummary> cases);
/// With the headers.
std::vector<CaseSummary> read_summary(hid_t file);
void write_scaling(hid_t file, std::span<const ScalingRow> rows);

}  // namespace plumbline::layout
