// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/history/trends.hpp"

namespace plumbline {

/// "slowed on 12 Nov by 9 %, recovered on 15 Nov": what became of a series, with the year where it isn't that of `now`,
/// the start of the newest run. UTC.
Sentence story_of(const TrendEvent& event, double now_unix_s);

}  // namespace plumbline
