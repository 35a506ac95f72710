// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/trends.hpp"

#include <ostream>

namespace plumbline {

/// Formatting only.
void history_text(std::ostream& out, const RunIndex& index, const Trends& trends);
void history_json(std::ostream& out, const RunIndex& index, const Trends& trends);
/// A test case a series: failed where it is slower or dropped, in error where it is missing or too short, skipped where
/// it was given up.
void history_junit(std::ostream& out, const RunIndex& index, const Trends& trends);
/// For node_exporter's text collector: the last run's medians, and which series are slower or missing.
void history_prometheus(std::ostream& out, const RunIndex& index, const Trends& trends);

}  // namespace plumbline
