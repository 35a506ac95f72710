// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/endurance/journal.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// One launch of a soak's job, from its start to what ended it. Times in seconds since 1970.
struct SoakSegment {
    std::string process;  ///< of the launcher, on the supervisor's host
    double launched_unix_s = 0;
    std::optional<double> connected_unix_s, loaded_unix_s, stepped_unix_s;
    std::optional<double> ended_unix_s;        ///< nothing: it goes on, or nobody saw its end
    std::string ended_by;                      ///< name(Cause), or "over", "paused", "gave up"; "" as above
    int ranks = 0, nodes = 0;                  ///< 0 where it never connected
    std::optional<std::uint64_t> step_loaded;  ///< nothing where it never loaded
    std::uint64_t last_step = 0;               ///< the last that it told
    bool operator==(const SoakSegment&) const = default;
};

/// Takes in one more record.
void take_in(std::vector<SoakSegment>& segments, const JournalRecord& record);
/// Those of a journal, in order. Pure.
std::vector<SoakSegment> segments_of(std::span<const JournalRecord> records);

}  // namespace plumbline
