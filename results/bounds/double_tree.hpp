// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace plumbline {

/// What a double binary tree moves in an allreduce of S bytes, as a multiple of S, in each direction (both are alike).
struct TreeLoad {
    double node = 0;  ///< through the busiest member
    double leaf = 0;  ///< through the busiest group of `members_a_leaf` successive members; 0 where there is one group
};

/// Two trees over `members` nodes reduce half of the array each towards their roots, and broadcast it back: each edge
/// carries S/2 up and S/2 down. The trees are those of NCCL (src/graph/trees.cc, ncclGetDtree), whose leaves are inner
/// members of the other tree, after Sanders, Speck, Traff 2009, "Two-tree algorithms for full bandwidth broadcast,
/// reduction and scan". 1 member moves nothing, 2 move S, more at most 2 S. `members_a_leaf` >= 1, or nothing.
TreeLoad double_tree_load(int members, std::optional<int> members_a_leaf = std::nullopt);

}  // namespace plumbline
