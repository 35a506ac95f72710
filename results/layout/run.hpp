// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/run_metadata.hpp"

namespace plumbline::layout {

/// Everything of a run but its cases.
void write_run(hdf5::Contents& file, const RunMetadata& info, bool complete);
RunMetadata read_run(hid_t file);
bool read_complete(hid_t file);

}  // namespace plumbline::layout
