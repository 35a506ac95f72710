// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/diagnose.hpp"
#include "results/diagnosis/suspects.hpp"
#include "results/records/case_record.hpp"

#include <span>
#include <vector>

namespace plumbline {

/// The units that a bisection splits: nodes with all their ranks, or single ranks where all lie on one node.
struct RingUnits {
    explicit RingUnits(const RankNodes& nodes);
    int count() const { return static_cast<int>(ranks.size()); }
    /// Ranks of the case of these units, in ring order.
    std::vector<int> ranks_of(std::span<const int> units) const;

    bool are_nodes = false;
    std::vector<int> numbers;             ///< [unit] node, or rank of the case
    std::vector<std::vector<int>> ranks;  ///< [unit] ranks of the case
};

/// Repeats the bisection of a bisect case with the times that it stored. Of several rounds only the findings that all
/// of them share are named. Pure.
Diagnosis diagnose_bisect(const CaseRecord& record, const RankNodes& nodes, const Names& names,
                          const DiagnoseRules& rules = {});

}  // namespace plumbline
