// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/journal.hpp"
#include "results/endurance/segments.hpp"
#include "results/endurance/soak.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// What the text of a journal says. It is read a line at a time: the records of a month take many times its text.
struct ToldSoak {
    Soak soak;
    std::vector<SoakSegment> segments;
    JournalExtent extent;
};

/// Throws ConfigError for text that is damaged, or no journal of this program's.
ToldSoak told_soak(std::string_view text, const std::string& origin);

}  // namespace plumbline
