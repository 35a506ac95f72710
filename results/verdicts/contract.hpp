// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/links.hpp"
#include "results/verdicts/target.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// What is wrong with a target, before anything was measured.
struct ContractRemark {
    enum class Kind : std::uint8_t {
        impossible,     ///< above the physical bound of the stated links
        ambitious,      ///< below the bound, and above what the algorithm that it names attains, or any
        not_looked_at,  ///< it could be held against the links, if they or the target said more
    };
    Kind kind = Kind::impossible;
    std::size_t target = 0;  ///< index
    Sentence text;           ///< the arithmetic, without the target's name and without a stop
};

/// Holds targets on bandwidths and times of collectives, and on fraction_of_attainable, against the links that a
/// contract states. A scale is `at_ranks`, or `where: {ranks: ...}`; "all" is `ranks`. Ranks fill nodes of
/// `links.ranks_per_node` one after the other. A target that names no size is looked at without latency, and
/// links inside nodes that are not stated don't limit. Pure.
std::vector<ContractRemark> judge_contract(std::span<const Target> targets, const Links& links,
                                           std::optional<int> ranks = std::nullopt);

}  // namespace plumbline
