// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace plumbline {

/// Who reports to whom. The first rank of each node is its leader; leaders form a tree of degree 16 below rank 0, the
/// other ranks of a node one of degree 64 below their leader. So one connection leaves a node for the one above it,
/// and no rank holds more than 81.
struct WatchTree {
    static constexpr std::size_t most_leaders = 16;  ///< below a leader
    static constexpr std::size_t most_local = 64;    ///< below a rank, on its node

    std::vector<int> parent;                 ///< [rank]; -1 for rank 0
    std::vector<std::vector<int>> children;  ///< [rank]
};

/// `node_of_rank`: nodes in the order of their first rank. Pure.
WatchTree watch_tree(std::span<const int> node_of_rank);

}  // namespace plumbline
