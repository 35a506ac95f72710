// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/round.hpp"
#include "results/summaries/rank_excesses.hpp"

#include <map>

namespace plumbline {

/// What readers need of a round that has very many samples in place of these. Its size doesn't grow with the ranks.
struct RoundDigest {
    Round reduced;  ///< see reduced()
    std::map<StragglerKind, ExcessDigest> excesses;
    bool operator==(const RoundDigest&) const = default;
};

/// Pure.
RoundDigest digest_of(const CaseIdentity& what, const Round& round);

/// Whether a digest spares readers anything: the samples of a small round are read as fast, and those of the network
/// probes are needed one by one.
bool is_worth_a_digest(const Round& round);

}  // namespace plumbline
