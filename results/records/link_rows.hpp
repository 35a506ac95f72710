// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace plumbline {

/// Why a sample of a links case was taken.
enum class LinkStage : std::uint8_t {
    sweep,         ///< every pair, in rounds
    confirmation,  ///< rounds with a suspect once more: in no summary, so that what is named is judged by fresh samples
    compute,       ///< no message: a piece of work on every rank; in no summary
    ring,          ///< of pattern bisect: groups that ring at once. A rank's time is its ring's, and no link's
    rested,        ///< a message after a rest of all ranks; in no summary
    repeated,      ///< the same message right after it
};

/// What each sample of a links or bisect case was.
struct LinkRows {
    std::vector<std::int32_t>
        sends_to;                     ///< [sample][rank] rank of the case that it sent a message to; -1: it sent none
    std::vector<std::uint8_t> stage;  ///< [sample] LinkStage
    bool operator==(const LinkRows&) const = default;
};

}  // namespace plumbline
