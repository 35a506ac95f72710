// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"
#include "results/store/hdf5_handles.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::layout {

/// What a round of a congestion case has beside; `path`: of the round.
void write_congestion(hid_t file, const std::string& path, const Round& round);
std::optional<CongestionRows> read_congestion(hid_t file, const std::string& path, std::size_t samples);

}  // namespace plumbline::layout
