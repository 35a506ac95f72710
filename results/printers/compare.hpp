// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/comparison/compare.hpp"

#include <ostream>
#include <span>

namespace plumbline {

/// Formatting only. `runs` as given to compare().
void compare_text(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison);
void compare_json(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison);

}  // namespace plumbline
