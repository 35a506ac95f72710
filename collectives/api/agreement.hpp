// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/util/error.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace plumbline {

/// Collective over comm: the sentence of the lowest rank that has one, on every rank; nothing when no rank has.
inline std::optional<std::string> first_error(Communicator& comm, const std::optional<std::string>& mine)
{
    const std::int64_t urgency = comm.allreduce_max(mine ? comm.size() - comm.rank() : 0);
    if (urgency == 0) {
        return std::nullopt;
    }
    const int speaker = comm.size() - static_cast<int>(urgency);
    return broadcast_text(comm, mine.value_or(""), speaker);
}

/// What went wrong on a rank, `after_s` after a moment that all ranks had in common.
struct Failure {
    std::string why;
    double after_s = 0;
    FailureOrigin origin = FailureOrigin::here;
};

/// Collective over comm: as first_error(), but of the rank that failed earliest, since what the others say may only
/// follow from it. One that names its own call comes before all that may only have noticed another's.
inline std::optional<std::string> earliest_error(Communicator& comm, const std::optional<Failure>& mine)
{
    constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t later_than_all = std::int64_t{1} << 61;
    std::int64_t own = nothing;
    if (mine) {
        own = -static_cast<std::int64_t>(mine->after_s * 1e9);
        own -= mine->origin == FailureOrigin::maybe_elsewhere ? later_than_all : 0;
    }
    const std::int64_t earliest = comm.allreduce_max(own);
    if (earliest == nothing) {
        return std::nullopt;
    }
    return first_error(comm, own == earliest ? std::optional(mine->why) : std::nullopt);
}

}  // namespace plumbline
