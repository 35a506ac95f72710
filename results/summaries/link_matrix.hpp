// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/link_rows.hpp"

#include <cstddef>
#include <vector>

namespace plumbline {

struct Round;
struct CaseRecord;

/// A link and the median time of its messages.
struct LinkTime {
    int from = 0;  ///< ranks of a case
    int to = 0;
    double seconds = 0;
    bool operator==(const LinkTime&) const = default;
};

/// Times of messages by their links; O(messages) memory, however many ranks there are.
class LinkTimes {
public:
    void add(int from, int to, double seconds) { times_.push_back({.from = from, .to = to, .seconds = seconds}); }
    /// Of each link that has messages, by sender, then receiver. Sorts what was added.
    std::vector<LinkTime> medians();

private:
    std::vector<LinkTime> times_;
};

/// The links of a case that were measured, in ranks of the case.
struct LinkMatrix {
    std::size_t ranks = 0;
    std::vector<LinkTime> links;  ///< by sender, then receiver

    /// NaN where there is none.
    double at(std::size_t from, std::size_t to) const;
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
