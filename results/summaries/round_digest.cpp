// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/round_digest.hpp"

#include "results/summaries/reduced_round.hpp"

#include <cstddef>

namespace plumbline {

RoundDigest digest_of(const CaseIdentity& what, const Round& round)
{
    RoundDigest digest{.reduced = reduced(round), .excesses = {}};
    for (const StragglerKind kind : all_straggler_kinds) {
        if (auto excess = excess_digest(kind, what, round)) {
            digest.excesses.emplace(kind, *std::move(excess));
        }
    }
    return digest;
}

bool is_worth_a_digest(const Round& round)
{
    constexpr std::size_t least_rank_samples = 32'768;
    return round.seconds.values.size() >= least_rank_samples && !round.links && !round.congestion;
}

}  // namespace plumbline
