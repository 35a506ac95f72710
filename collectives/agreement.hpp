#pragma once

#include "collectives/communicator.hpp"

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

}  // namespace plumbline
