// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/soak.hpp"

#include <string>

namespace plumbline {

/// "42 s", "16.7 min", "3.09 h", "30.0 d": three digits in the unit that suits it.
std::string duration_text(double seconds);

/// What a record says to somebody who watches, without an end; "" for those that say nothing.
std::string soak_line(const JournalRecord& record, const Soak& soak);

/// Prometheus' text format: plumbline_up, plumbline_step, plumbline_interruptions_total and others. `running`: ranks
/// make steps now.
std::string soak_prometheus(const Soak& soak, bool running);

}  // namespace plumbline
