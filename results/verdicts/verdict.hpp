// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/statistics/statistics.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace plumbline {

/// Severity grows with the value; a run's verdict is the worst: FAIL, then NOT_MEASURED, then INCONCLUSIVE, then PASS.
enum class Verdict : std::uint8_t { pass, inconclusive, not_measured, fail };
std::string_view name(Verdict verdict);  ///< "PASS", "INCONCLUSIVE", "NOT_MEASURED", "FAIL"
/// 0, 3, 4, 1; 0 of what was not judged.
int exit_status(std::optional<Verdict> verdict);
/// What is said in place of a verdict where there is no target.
inline constexpr std::string_view not_judged = "measured, not judged";
Verdict worst(Verdict a, Verdict b);

/// Verdict of an interval against a bound: worse end meets it / better end misses it / it straddles.
Verdict verdict_of(const Interval& interval, std::optional<double> at_least, std::optional<double> at_most);

}  // namespace plumbline
