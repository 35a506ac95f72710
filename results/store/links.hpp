// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/round.hpp"
#include "results/store/hdf5_handles.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::layout {

/// What a round of a links case has beside; `path`: of the round.
void write_links(hid_t file, const std::string& path, const Round& round);
std::optional<LinkRows> read_links(hid_t file, const std::string& path, const SampleMatrix& seconds);

}  // namespace plumbline::layout
