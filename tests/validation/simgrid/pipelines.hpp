// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string>
#include <vector>

/// Pipelined algorithms as stages: what stands in one of them waits for what stands in those before. A chunk of the
/// array goes through them one after the other, and the next chunk a round later.
namespace plumbline::simgrid {

struct Cluster {
    int nodes = 1;
    int a_node = 1;
    int nodes_a_leaf = 1;
    int leaves() const { return (nodes + nodes_a_leaf - 1) / nodes_a_leaf; }
    int rank(int node, int place) const { return node * a_node + place; }
    // A switch that reduces or copies is a rank of its own, in the switch's place: it has no links but those of others.
    int switch_of_node(int node) const { return nodes * a_node + node; }
    int switch_of_leaf(int leaf) const { return nodes * a_node + nodes + leaf; }
    int switch_of_leaves() const { return nodes * a_node + nodes + leaves(); }
};

struct Hop {
    int from = 0, to = 0;
    double bytes = 0;  ///< of the whole array
};
using Stages = std::vector<std::vector<Hop>>;

/// Parents in NCCL's binary tree (src/graph/trees.cc): ranks by the lowest set bit of their number.
inline std::vector<int> parents_in_tree(int members)
{
    std::vector<int> parents(static_cast<std::size_t>(members), -1);
    for (int member = 1; member < members; ++member) {
        const int lowest = member & -member;
        const int up = (member ^ lowest) | (lowest << 1);
        parents[static_cast<std::size_t>(member)] = up < members ? up : member ^ lowest;
    }
    return parents;
}

/// Adds both trees over the nodes for those of one place in each, from stage `begin` on: to the roots and back again.
/// Returns the first stage after them.
inline std::size_t add_double_tree(Stages& stages, std::size_t begin, const Cluster& on, int place, double bytes)
{
    const auto parents = parents_in_tree(on.nodes);
    const auto at = [](const auto& values, int member) { return values[static_cast<std::size_t>(member)]; };
    std::vector<int> heights(parents.size(), 0), depths(parents.size(), 0);
    for (std::size_t again = 0; again < parents.size(); ++again) {
        for (int member = 1; member < on.nodes; ++member) {
            auto& above = heights[static_cast<std::size_t>(at(parents, member))];
            above = std::max(above, at(heights, member) + 1);
            depths[static_cast<std::size_t>(member)] = at(depths, at(parents, member)) + 1;
        }
    }
    const auto height = static_cast<std::size_t>(heights[0]);
    stages.resize(std::max(stages.size(), begin + 2 * height));
    // The second tree is the first one mirrored, and shifted where the number of nodes is odd.
    const auto second = [&](int member) { return on.nodes % 2 == 1 ? (member + 1) % on.nodes : on.nodes - 1 - member; };
    for (int member = 1; member < on.nodes; ++member) {
        const int parent = at(parents, member);
        const auto up = begin + static_cast<std::size_t>(at(heights, member));
        const auto down = begin + height + static_cast<std::size_t>(at(depths, member)) - 1;
        for (const auto& [child, above] : {std::pair{member, parent}, std::pair{second(member), second(parent)}}) {
            stages[up].push_back({on.rank(child, place), on.rank(above, place), bytes / 2});
            stages[down].push_back({on.rank(above, place), on.rank(child, place), bytes / 2});
        }
    }
    return begin + 2 * height;
}

/// A channel for each place in a node, which has its part of the array: up a chain inside nodes to the rank of that
/// place, by both trees between nodes, and down the chain.
inline Stages tree_allreduce(const Cluster& on, double bytes)
{
    Stages stages;
    const int hops = on.a_node - 1;
    for (int channel = 0; channel < on.a_node; ++channel) {
        const double part = bytes / on.a_node;
        const auto of_chain = [&](int node, int position) { return on.rank(node, (channel + position) % on.a_node); };
        const std::size_t down = add_double_tree(stages, static_cast<std::size_t>(hops), on, channel, part);
        stages.resize(std::max(stages.size(), down + static_cast<std::size_t>(hops)));
        for (int node = 0; node < on.nodes; ++node) {
            for (int hop = 0; hop < hops; ++hop) {
                const auto stage = static_cast<std::size_t>(hop);
                stages[stage].push_back({of_chain(node, hops - hop), of_chain(node, hops - hop - 1), part});
                stages[down + stage].push_back({of_chain(node, hop), of_chain(node, hop + 1), part});
            }
        }
    }
    return stages;
}

enum class Inside { exchange, by_switch };

/// From stage `begin` on: each rank of a node gets the sum of its part of the array. Returns the first stage after it.
inline std::size_t add_reduce_inside(Stages& stages, std::size_t begin, const Cluster& on, Inside how, double bytes)
{
    const std::size_t end = begin + (how == Inside::by_switch ? 2 : 1);
    stages.resize(std::max(stages.size(), end));
    for (int node = 0; node < on.nodes; ++node) {
        for (int place = 0; place < on.a_node; ++place) {
            const int rank = on.rank(node, place);
            if (how == Inside::by_switch) {
                stages[begin].push_back({rank, on.switch_of_node(node), bytes});
                stages[begin + 1].push_back({on.switch_of_node(node), rank, bytes / on.a_node});
            }
            for (int other = 0; other < on.a_node && how == Inside::exchange; ++other) {
                if (other != place) {
                    stages[begin].push_back({rank, on.rank(node, other), bytes / on.a_node});
                }
            }
        }
    }
    return end;
}

/// The way back: each rank's part to all others of its node.
inline std::size_t add_spread_inside(Stages& stages, std::size_t begin, const Cluster& on, Inside how, double bytes)
{
    Stages reduce;
    const std::size_t count = add_reduce_inside(reduce, 0, on, how, bytes);
    stages.resize(std::max(stages.size(), begin + count));
    for (std::size_t stage = 0; stage < count; ++stage) {
        for (const Hop& hop : reduce[count - 1 - stage]) {
            stages[begin + stage].push_back({hop.to, hop.from, hop.bytes});
        }
    }
    return begin + count;
}

inline Stages nvls_allreduce(const Cluster& on, double bytes)
{
    Stages stages;
    std::size_t next = add_reduce_inside(stages, 0, on, Inside::by_switch, bytes);
    for (int place = 0, begin = static_cast<int>(next); place < on.a_node; ++place) {
        next = add_double_tree(stages, static_cast<std::size_t>(begin), on, place, bytes / on.a_node);
    }
    add_spread_inside(stages, next, on, Inside::by_switch, bytes);
    return stages;
}

/// The switch of a leaf adds what its nodes send, and one above all leaves what these send.
inline Stages sharp_allreduce(const Cluster& on, Inside how, double bytes)
{
    Stages stages;
    const std::size_t up = add_reduce_inside(stages, 0, on, how, bytes);
    const std::size_t above = on.leaves() > 1 ? 2 : 0;
    const std::size_t down = up + 1 + above;
    stages.resize(down + 1);
    for (int node = 0; node < on.nodes; ++node) {
        for (int place = 0; place < on.a_node; ++place) {
            const int leaf = on.switch_of_leaf(node / on.nodes_a_leaf);
            stages[up].push_back({on.rank(node, place), leaf, bytes / on.a_node});
            stages[down].push_back({leaf, on.rank(node, place), bytes / on.a_node});
        }
    }
    for (int leaf = 0; leaf < on.leaves() && above > 0; ++leaf) {
        stages[up + 1].push_back({on.switch_of_leaf(leaf), on.switch_of_leaves(), bytes});
        stages[up + 2].push_back({on.switch_of_leaves(), on.switch_of_leaf(leaf), bytes});
    }
    add_spread_inside(stages, down + 1, on, how, bytes);
    return stages;
}

inline Stages chain(const Cluster& on, bool towards_first, double bytes)
{
    const int ranks = on.nodes * on.a_node;
    Stages stages(static_cast<std::size_t>(ranks - 1));
    for (int hop = 0; hop < ranks - 1; ++hop) {
        const int lower = towards_first ? ranks - 2 - hop : hop;
        stages[static_cast<std::size_t>(hop)] = {towards_first ? Hop{lower + 1, lower, bytes}
                                                               : Hop{lower, lower + 1, bytes}};
    }
    return stages;
}

/// Nothing for an algorithm that is not pipelined, or not known.
inline Stages stages_of(const std::string& name, const Cluster& on, double bytes)
{
    Stages stages;
    if (name == "allreduce/tree") {
        stages = tree_allreduce(on, bytes);
    } else if (name == "allreduce/nvls") {
        stages = nvls_allreduce(on, bytes);
    } else if (name == "allreduce/sharp") {
        stages = sharp_allreduce(on, Inside::exchange, bytes);
    } else if (name == "allreduce/sharp+nvls") {
        stages = sharp_allreduce(on, Inside::by_switch, bytes);
    } else if (name == "reduce_scatter/nvls") {
        add_reduce_inside(stages, 0, on, Inside::by_switch, bytes);
    } else if (name == "allgather/nvls") {
        add_spread_inside(stages, 0, on, Inside::by_switch, bytes);
    } else if (name == "broadcast/ring") {
        stages = chain(on, false, bytes);
    } else if (name == "reduce/ring") {
        stages = chain(on, true, bytes);
    }
    return stages;
}

}  // namespace plumbline::simgrid
