// SPDX-License-Identifier: Apache-2.0
#include "scenarios/model/random.hpp"
#include "scenarios/model/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace plumbline {

namespace {

/// Ranks of each node that has any, ascending.
std::vector<std::vector<int>> ranks_by_node(const Topology& topology)
{
    std::map<int, std::vector<int>> by_node;
    for (int rank = 0; rank < topology.ranks(); ++rank) {
        by_node[topology.node_of_rank[static_cast<std::size_t>(rank)]].push_back(rank);
    }
    std::vector<std::vector<int>> groups;
    groups.reserve(by_node.size());
    for (auto& [node, ranks] : by_node) {
        groups.push_back(std::move(ranks));
    }
    return groups;
}

/// The same one after the other. Without the groups: each rank of a large launch computes it.
std::vector<int> ranks_in_node_order(const Topology& topology)
{
    std::vector<int> order(topology.node_of_rank.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return topology.node_of_rank[static_cast<std::size_t>(a)] < topology.node_of_rank[static_cast<std::size_t>(b)];
    });
    return order;
}

std::vector<int> one_after_the_other(const std::vector<std::vector<int>>& groups)
{
    std::vector<int> order;
    for (const std::vector<int>& group : groups) {
        order.insert(order.end(), group.begin(), group.end());
    }
    return order;
}

std::vector<int> in_turns(const std::vector<std::vector<int>>& groups)
{
    std::size_t longest = 0;
    for (const std::vector<int>& group : groups) {
        longest = std::max(longest, group.size());
    }
    std::vector<int> order;
    for (std::size_t turn = 0; turn < longest; ++turn) {
        for (const std::vector<int>& group : groups) {
            if (turn < group.size()) {
                order.push_back(group[turn]);
            }
        }
    }
    return order;
}

std::vector<int> drawn(int count, int subset, std::uint64_t seed, int ranks)
{
    std::vector<int> order(static_cast<std::size_t>(ranks));
    std::iota(order.begin(), order.end(), 0);
    SplitMix64 random = SplitMix64::from({seed, static_cast<std::uint64_t>(subset), static_cast<std::uint64_t>(count)});
    shuffle(order, random);
    order.resize(static_cast<std::size_t>(count));
    return order;
}

std::vector<int> window_of(const std::vector<int>& order, int count, int subset)
{
    const std::size_t length = static_cast<std::size_t>(count);
    const std::size_t start = static_cast<std::size_t>(subset) * length % order.size();
    std::vector<int> chosen;
    chosen.reserve(length);
    for (std::size_t i = 0; i < length; ++i) {
        chosen.push_back(order[(start + i) % order.size()]);
    }
    return chosen;
}

/// A node counts as one: which of `nodes` nodes a scale of `count` nodes gets.
std::vector<int> select_nodes(int count, const Case& c, int nodes)
{
    Topology one_rank_each;
    one_rank_each.node_of_rank.resize(static_cast<std::size_t>(nodes));
    std::iota(one_rank_each.node_of_rank.begin(), one_rank_each.node_of_rank.end(), 0);
    return select_ranks(count, c.scale.placement, c.what.subset, c.scale.seed, one_rank_each);
}

}  // namespace

int Topology::nodes() const
{
    std::vector<int> distinct = node_of_rank;
    std::sort(distinct.begin(), distinct.end());
    return static_cast<int>(std::unique(distinct.begin(), distinct.end()) - distinct.begin());
}

std::vector<int> select_ranks(int count, Placement placement, int subset, std::uint64_t seed, const Topology& topology)
{
    if (count < 1 || count > topology.ranks() || subset < 0) {
        throw std::logic_error("select_ranks: no such scale or subset on this topology");
    }
    switch (placement) {
        case Placement::compact:
            return window_of(ranks_in_node_order(topology), count, subset);
        case Placement::spread:
            return window_of(in_turns(ranks_by_node(topology)), count, subset);
        case Placement::random:
            return drawn(count, subset, seed, topology.ranks());
    }
    throw std::logic_error("select_ranks: unknown placement");
}

std::vector<int> case_ranks(const Case& c, const Topology& topology)
{
    if (c.members) {
        return *c.members;
    }
    if (c.scale.nodes.empty()) {
        return select_ranks(c.what.ranks, c.scale.placement, c.what.subset, c.scale.seed, topology);
    }
    const std::vector<std::vector<int>> groups = ranks_by_node(topology);
    std::vector<std::vector<int>> chosen;
    for (const int node : select_nodes(c.what.nodes, c, static_cast<int>(groups.size()))) {
        chosen.push_back(groups[static_cast<std::size_t>(node)]);
    }
    return c.scale.placement == Placement::spread ? in_turns(chosen) : one_after_the_other(chosen);
}

std::shared_ptr<const std::vector<int>> case_members(const Case& c, const Topology& topology)
{
    return c.members ? c.members : std::make_shared<const std::vector<int>>(case_ranks(c, topology));
}

std::shared_ptr<const std::vector<int>> nodes_of_case(const Case& c, const Topology& topology)
{
    if (c.nodes_of_members) {
        return c.nodes_of_members;
    }
    std::vector<int> nodes = case_ranks(c, topology);
    for (int& rank : nodes) {
        rank = topology.node_of_rank.at(static_cast<std::size_t>(rank));
    }
    return std::make_shared<const std::vector<int>>(std::move(nodes));
}

}  // namespace plumbline
