// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::layout {

/// What a round of a links case has beside; `path`: of the round.
void write_links(hdf5::Contents& file, const std::string& path, const Round& round);
std::optional<LinkRows> read_links(hid_t file, const std::string& path, const SampleMatrix& seconds);

}  // namespace plumbline::layout
