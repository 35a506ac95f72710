// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/comparison/compare.hpp"
#include "results/report/texts.hpp"

#include <span>
#include <string>

namespace plumbline::report {

/// The JSON of the page of a comparison. Pure.
std::string compare_data(std::span<const ComparedRun> runs, const Comparison& comparison, Language language);

}  // namespace plumbline::report
