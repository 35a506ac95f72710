// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/comparison/compare.hpp"
#include "results/texts/language.hpp"

#include <optional>
#include <ostream>
#include <span>
#include <string>

namespace plumbline {

/// The ratio of a compared case and its interval as all printers write them: as many digits as it takes to see that the
/// interval lies beside 1, and beside what `worse_limit` allows, where it does.
struct WrittenRatio {
    std::string ratio;
    std::string interval;  ///< "[0.981, 1.02]", or empty where there is none
};
WrittenRatio written_ratio(const ComparedCase& c, std::optional<double> worse_limit);

/// Formatting only. `runs` as given to compare().
void compare_text(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison,
                  Language language = Language::en);
void compare_json(std::ostream& out, std::span<const ComparedRun> runs, const Comparison& comparison);

}  // namespace plumbline
