// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/tree.hpp"

#include <algorithm>
#include <cstdint>

namespace plumbline::control {

std::optional<int> Tree::parent(int rank) const
{
    return rank == 0 ? std::nullopt : std::optional((rank - 1) / degree);
}

std::vector<int> Tree::children(int rank) const
{
    const std::int64_t first = std::int64_t{rank} * degree + 1;
    std::vector<int> children;
    for (std::int64_t child = first; child < std::min<std::int64_t>(first + degree, size); ++child) {
        children.push_back(static_cast<int>(child));
    }
    return children;
}

std::vector<int> Tree::neighbours(int rank) const
{
    std::vector<int> all = children(rank);
    if (const auto above = parent(rank)) {
        all.insert(all.begin(), *above);
    }
    return all;
}

int Tree::towards(int from, int to) const
{
    // Ranks grow downwards: the ancestors of `to` are below it in number.
    for (int at = to; at > from;) {
        const int above = (at - 1) / degree;
        if (above == from) {
            return at;
        }
        at = above;
    }
    return (from - 1) / degree;
}

std::vector<int> Tree::away_from(int rank, int root) const
{
    std::vector<int> others = neighbours(rank);
    if (rank != root) {
        std::erase(others, towards(rank, root));
    }
    return others;
}

}  // namespace plumbline::control
