// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/diagnosis/diagnose.hpp"
#include "results/diagnosis/suspects.hpp"

#include <string>

namespace plumbline {

/// Names of nodes, ranks and suspects of one case, as findings print them. Refers to what it is given.
class SuspectNames {
public:
    SuspectNames(const Names& names, const RankNodes& nodes) : names_(names), nodes_(nodes) {}

    /// "host3", or "rank 5 (host3)" where `of_ranks`; without the host where all ranks are on one node. `member`: node
    /// number, or rank of the case.
    std::string member(int member, bool of_ranks) const;
    /// "host3 NIC, sending", "link host1 -> host4", "boundary of {host0, host1}".
    Sentence title(const Suspect& suspect) const;
    /// World rank of a rank of the case.
    int world_rank(int rank) const;

private:
    std::string host(int node) const;

    const Names& names_;
    const RankNodes& nodes_;
};

}  // namespace plumbline
