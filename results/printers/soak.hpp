// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"
#include "results/texts/language.hpp"

#include <ostream>
#include <string>

namespace plumbline {

/// How a soak goes or went: its numbers, then an interruption a line.
void show_soak_text(std::ostream& out, const Soak& soak, Language language);
/// The same as JSON: "soak", "events" (one an interruption, with its time line), "days", "hours", "sweeps".
void show_soak_json(std::ostream& out, const Soak& soak);
/// Prometheus' text format; as of a folder that nobody works in.
std::string soak_prometheus_of(const Soak& soak);
/// A row an event.
void show_soak_csv(std::ostream& out, const Soak& soak);

}  // namespace plumbline
