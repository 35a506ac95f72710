// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace plumbline {

/// Purpose of one sample of a links or bisect case.
enum class LinkStage : std::uint8_t {
    sweep,         ///< every pair, one matching after another
    confirmation,  ///< a suspect measured again; in no summary, so that suspects are judged by fresh samples
    compute,       ///< no message: fixed compute on every rank; in no summary
    ring,      ///< pattern bisect: disjoint rings at the same time. A rank's time is that of its ring, not of a link
    rested,    ///< a message after a rest of all ranks; in no summary
    repeated,  ///< the same message right after it
};

/// Peers and purpose of each sample of a links or bisect case.
struct LinkRows {
    std::vector<std::int32_t>
        sends_to;                     ///< [sample][rank] rank of the case that received its message; -1: it sent none
    std::vector<std::uint8_t> stage;  ///< [sample] LinkStage
    bool operator==(const LinkRows&) const = default;
};

}  // namespace plumbline
