// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/history/trends.hpp"
#include "results/report/texts.hpp"

#include <string>

namespace plumbline::report {

/// The JSON of the page of a history: its events, and of every series the last runs, newest 200 of the folder. Pure.
std::string history_data(const RunIndex& index, const Trends& trends, Language language);

}  // namespace plumbline::report
