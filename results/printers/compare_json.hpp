// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/comparison/compare.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>

namespace plumbline {

/// results/schemas/compare.json. For files and for the page.
nlohmann::ordered_json comparison_json(std::span<const ComparedRun> runs, const Comparison& comparison);

}  // namespace plumbline
