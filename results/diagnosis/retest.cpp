// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/retest.hpp"

#include <algorithm>
#include <cstddef>

namespace plumbline {
namespace {

/// Whether visit(rank, partner) is true for some message of a matching.
template <class Visit>
bool any_message(const PairwiseSchedule& schedule, int round, const RankNodes& nodes, Visit visit)
{
    for (int rank = 0; rank < std::ssize(nodes.of_rank); ++rank) {
        const auto peer = schedule.partner(round, rank);
        if (peer && is_evidence(rank, *peer, nodes) && visit(rank, *peer)) {
            return true;
        }
    }
    return false;
}

}  // namespace

std::vector<int> matchings_to_retest(const PairwiseSchedule& schedule, std::span<const Suspect> suspects,
                                     const RankNodes& nodes)
{
    std::vector<int> rounds;
    const auto mark = [&](int wanted, auto&& holds) {
        for (int round = 0; round < schedule.rounds() && wanted > 0; ++round) {
            if (any_message(schedule, round, nodes, holds)) {
                rounds.push_back(round);
                --wanted;
            }
        }
    };
    for (const Suspect& suspect : suspects) {
        mark(matchings_per_suspect, [&](int rank, int peer) { return concerns(suspect, rank, peer, nodes); });
    }
    const auto well = [&](int rank, int peer) {
        return std::none_of(suspects.begin(), suspects.end(),
                            [&](const Suspect& suspect) { return concerns(suspect, rank, peer, nodes); });
    };
    if (!rounds.empty() && std::none_of(rounds.begin(), rounds.end(),
                                        [&](int round) { return any_message(schedule, round, nodes, well); })) {
        mark(1, well);
    }
    std::sort(rounds.begin(), rounds.end());
    rounds.erase(std::unique(rounds.begin(), rounds.end()), rounds.end());
    return rounds;
}

}  // namespace plumbline
