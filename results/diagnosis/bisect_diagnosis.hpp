#pragma once

#include "results/diagnosis/diagnose.hpp"
#include "results/diagnosis/suspects.hpp"
#include "results/records/case_record.hpp"

#include <span>
#include <vector>

namespace plumbline {

/// What a bisect case splits: nodes with all their ranks, or ranks where all lie on one node.
struct RingUnits {
    explicit RingUnits(const RankNodes& nodes);
    int count() const { return static_cast<int>(ranks.size()); }
    /// Ranks of the case, in ring order.
    std::vector<int> ranks_of(std::span<const int> units) const;

    bool are_nodes = false;
    std::vector<int> numbers;             ///< [unit] node, or rank of the case
    std::vector<std::vector<int>> ranks;  ///< [unit] of the case
};

/// Carries out the bisection once more, with the times that a bisect case stored. Of several rounds: what all of them
/// name. Pure.
Diagnosis diagnose_bisect(const CaseRecord& record, const RankNodes& nodes, const Names& names,
                          const DiagnoseRules& rules = {});

}  // namespace plumbline
