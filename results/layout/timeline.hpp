// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/hdf5/contents.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace plumbline::layout {

/// What a workload did in one sample; `group` is the round's. Nothing is written where there is none.
void write_timeline(hdf5::Contents& file, const std::string& path, hid_t group,
                    const std::optional<Timeline>& timeline);
std::optional<Timeline> read_timeline(hid_t file, const std::string& path, hid_t group);

}  // namespace plumbline::layout
