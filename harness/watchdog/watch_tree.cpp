// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_tree.hpp"

#include <algorithm>

namespace plumbline {

WatchTree watch_tree(std::span<const int> node_of_rank)
{
    std::vector<std::vector<int>> of_node;
    for (std::size_t rank = 0; rank < node_of_rank.size(); ++rank) {
        const auto node = static_cast<std::size_t>(node_of_rank[rank]);
        of_node.resize(std::max(of_node.size(), node + 1));
        of_node[node].push_back(static_cast<int>(rank));
    }
    WatchTree tree;
    tree.parent.assign(node_of_rank.size(), -1);
    tree.children.resize(node_of_rank.size());
    const auto put = [&](int rank, int parent) {
        tree.parent[static_cast<std::size_t>(rank)] = parent;
        tree.children[static_cast<std::size_t>(parent)].push_back(rank);
    };
    for (std::size_t node = 0; node < of_node.size(); ++node) {
        const std::vector<int>& ranks = of_node[node];
        if (node > 0) {
            put(ranks.front(), of_node[(node - 1) / WatchTree::most_leaders].front());
        }
        for (std::size_t local = 1; local < ranks.size(); ++local) {
            put(ranks[local], ranks[(local - 1) / WatchTree::most_local]);
        }
    }
    return tree;
}

}  // namespace plumbline
