// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/night.hpp"
#include "results/history/trends.hpp"
#include "results/report/texts.hpp"

#include <optional>
#include <string>

namespace plumbline::report {

/// The JSON of the page of a history: its events, and of every series all its runs, with intervals of the newest 200.
/// With a night the verdict is the night's. Pure.
std::string history_data(const RunIndex& index, const Trends& trends, Language language,
                         const std::optional<Night>& night = {});

}  // namespace plumbline::report
