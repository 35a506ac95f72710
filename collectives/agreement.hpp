#pragma once

#include "collectives/communicator.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace plumbline {

/// Collective over comm: the sentence of the lowest rank that has one, on every rank; nothing when no rank has.
inline std::optional<std::string> first_objection(Communicator& comm, const std::optional<std::string>& mine)
{
    const std::int64_t urgency = comm.max(mine ? comm.size() - comm.rank() : 0);
    if (urgency == 0) {
        return std::nullopt;
    }
    const int speaker = comm.size() - static_cast<int>(urgency);
    return broadcast_text(comm, mine.value_or(""), speaker);
}

/// As first_objection(), but of the rank that objected earliest: what the others say may only follow from it.
/// `after_s`: how long after a moment that all ranks had in common.
inline std::optional<std::string> earliest_objection(Communicator& comm, const std::optional<std::string>& mine,
                                                     double after_s)
{
    constexpr std::int64_t nothing = std::numeric_limits<std::int64_t>::min();
    const std::int64_t own = mine ? -static_cast<std::int64_t>(after_s * 1e9) : nothing;
    const std::int64_t earliest = comm.max(own);
    if (earliest == nothing) {
        return std::nullopt;
    }
    return first_objection(comm, own == earliest ? mine : std::nullopt);
}

}  // namespace plumbline
