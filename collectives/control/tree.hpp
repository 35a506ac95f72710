// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

namespace plumbline::control {

/// The tree over `size` ranks in which messages travel: rank r has the children r * degree + 1 to r * degree + degree.
/// Pure: every rank computes the same.
struct Tree {
    int size = 1;
    int degree = 2;

    /// Nothing for rank 0.
    std::optional<int> parent(int rank) const;
    /// Ascending.
    std::vector<int> children(int rank) const;
    /// Parent, where there is one, and children.
    std::vector<int> neighbours(int rank) const;
    /// The neighbour of `from` on the way to `to`, another rank.
    int towards(int from, int to) const;
    /// Neighbours but the one towards `root`: those from which messages to the root come.
    std::vector<int> away_from(int rank, int root) const;
};

/// The launch's own tree: four levels below rank 0 reach 69,904 ranks.
constexpr int world_degree = 16;
/// The tree of another group, whose connections come on top of the launch's.
constexpr int group_degree = 4;

}  // namespace plumbline::control
