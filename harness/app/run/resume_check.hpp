// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_metadata.hpp"

#include <optional>
#include <string>

namespace plumbline::app {

/// Why a file of the run `stored` can't take the rounds of the run `now`: only the same measurement with the same
/// library on the same hosts may go on with it. Nothing where it can. Pure.
std::optional<std::string> resume_obstacle(const RunMetadata& stored, const RunMetadata& now);

}  // namespace plumbline::app
