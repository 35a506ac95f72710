// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/scaling_row.hpp"

#include <vector>

namespace plumbline {

struct RunData;

/// Weak efficiency of data_parallel and training_step (strong where its total work is fixed) and busbw retention of
/// collectives, against the smallest scale of the same case that has a value (busbw: at least 2 ranks). The base has a
/// row too (efficiency 1, no interval) where there is anything to compare with it. Cases whose ranks take turns on
/// cores have none. Pure but for the reads in `run`.
std::vector<ScalingRow> scaling_table(const RunData& run);

}  // namespace plumbline
