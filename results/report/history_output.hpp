// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/night.hpp"
#include "results/history/trends.hpp"
#include "results/texts/language.hpp"

#include <optional>
#include <ostream>
#include <string>

namespace plumbline {

/// Formatting only. Of a night the verdict is the night's, of contract and change; without one it is of change alone.
void history_text(std::ostream& out, const RunIndex& index, const Trends& trends, const std::optional<Night>& night,
                  Language language = Language::en);
void history_json(std::ostream& out, const RunIndex& index, const Trends& trends,
                  const std::optional<Night>& night = {});
/// What is told to others of a change: one line and all events that are open. A chat's webhook shows `text`.
std::string told_json(const std::string& text, const std::string& identity, const RunIndex& index, const Trends& trends,
                      const std::optional<Night>& night);
/// A test case a series: failed where it is slower or dropped, in error where it is missing, skipped where it was given
/// up or is too short; in error where all are too short, which is the verdict then. A night has a suite of its own.
void history_junit(std::ostream& out, const RunIndex& index, const Trends& trends,
                   const std::optional<Night>& night = {});
/// For node_exporter's text collector: the last run's medians, which series are slower or missing, and statuses.
void history_prometheus(std::ostream& out, const RunIndex& index, const Trends& trends,
                        const std::optional<Night>& night = {});

}  // namespace plumbline
