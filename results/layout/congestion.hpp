// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::layout {

/// What a round of a congestion case has beside; `path`: of the round.
void write_congestion(hdf5::Contents& file, const std::string& path, const Round& round);
std::optional<CongestionRows> read_congestion(hid_t file, const std::string& path, const SampleMatrix& seconds);

}  // namespace plumbline::layout
