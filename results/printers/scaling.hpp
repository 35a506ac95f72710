// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/scaling_row.hpp"

#include "results/texts/language.hpp"

#include <ostream>
#include <span>

namespace plumbline {

/// A table for each metric that has rows; bases are left out.
void show_scaling(std::ostream& out, std::span<const ScalingRow> scaling, Language language = Language::en);

/// "linear speedup: 1.87x on 2 ranks ...": prints nothing where no row has a speedup.
void show_speedup(std::ostream& out, std::span<const ScalingRow> scaling, Language language = Language::en);

}  // namespace plumbline
