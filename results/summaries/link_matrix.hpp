// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/link_rows.hpp"

#include <cstddef>
#include <vector>

namespace plumbline {

struct Round;
struct CaseRecord;

/// Row-major [sender][receiver], in ranks of a case; NaN where there is none.
struct LinkMatrix {
    std::size_t ranks = 0;
    std::vector<double> seconds;

    double at(std::size_t from, std::size_t to) const { return seconds[from * ranks + to]; }
    bool operator==(const LinkMatrix&) const = default;
};

/// Median of each link's timed sweep samples on the sender. Of a round without links, or of rings: 0 ranks.
LinkMatrix link_medians(const Round& round);
/// The same over all rounds of a case.
LinkMatrix link_medians(const CaseRecord& record);

/// Calls visit(stage, from, to, seconds) for each message that was timed, in the order taken, warm-ups left out; `from`
/// == `to` for a piece of work. Rings are no such messages.
template <class RoundOfLinks, class Visit>
void for_each_message(const RoundOfLinks& round, Visit visit)
{
    if (!round.links) {
        return;
    }
    const std::size_t ranks = round.seconds.ranks;
    for (std::size_t sample = 0; sample < round.seconds.samples; ++sample) {
        const auto stage = static_cast<LinkStage>(round.links->stage[sample]);
        if (stage == LinkStage::ring || (stage == LinkStage::sweep && round.warmup[sample] != 0)) {
            continue;
        }
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            const int to = round.links->sends_to[sample * ranks + rank];
            if (stage == LinkStage::compute || to >= 0) {
                visit(stage, static_cast<int>(rank), stage == LinkStage::compute ? static_cast<int>(rank) : to,
                      round.seconds.values[sample * ranks + rank]);
            }
        }
    }
}

}  // namespace plumbline
