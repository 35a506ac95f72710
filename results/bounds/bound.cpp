// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/bound.hpp"

#include "collectives/operations/data_volume.hpp"
#include "collectives/operations/types.hpp"
#include "results/records/identity_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

Movement movement_of(const CaseIdentity& what, Collective collective, std::uint64_t total_bytes)
{
    return plumbline::movement_of(collective, what.ranks, static_cast<double>(total_bytes), what.root,
                                  pair_layout(what), message_window(what));
}

/// Of those through the busiest of the groups.
double most_bytes_through(const Movement& movement, std::span<const int> group_of_rank)
{
    double most = 0;
    for (const auto& [group, bytes] : bytes_through(movement, group_of_rank)) {
        most = std::max(most, bytes);
    }
    return most;
}

/// Latencies that follow one another, where edges are known.
int messages_in_turn(const Movement& movement)
{
    return movement.collective == Collective::pingpong ? 2 : 1;
}

bool any_edge(const Movement& movement, std::span<const int> node_of_rank, bool between_nodes)
{
    return std::any_of(movement.edges.begin(), movement.edges.end(), [&](const Edge& edge) {
        const bool crosses =
            node_of_rank[static_cast<std::size_t>(edge.from)] != node_of_rank[static_cast<std::size_t>(edge.to)];
        return crosses == between_nodes;
    });
}

/// The same for the busiest rank among those of its node.
double bytes_within_a_node(const Movement& movement, std::span<const int> node_of_rank)
{
    if (!movement.edges.empty()) {
        return any_edge(movement, node_of_rank, false) ? messages_in_turn(movement) * movement.edges.front().bytes : 0;
    }
    const bool rooted = movement.collective == Collective::gather || movement.collective == Collective::scatter;
    int size = 0;
    for (const auto& [node, ranks] : sizes_of(node_of_rank)) {
        const bool counts = !rooted || node == node_of_rank[static_cast<std::size_t>(movement.root)];
        size = counts ? std::max(size, ranks) : size;
    }
    // Of what a rank has for each other one, the part for those of its node.
    const bool for_each_rank = rooted || movement.collective == Collective::alltoall;
    Movement inside = movement;
    inside.root = 0;
    inside.bytes *= for_each_rank ? static_cast<double>(size) / static_cast<double>(node_of_rank.size()) : 1;
    std::vector<int> alone(static_cast<std::size_t>(size));
    std::iota(alone.begin(), alone.end(), 0);
    return most_bytes_through(inside, alone);
}

/// Latencies that no schedule avoids: in each round a rank can tell one other, so the ranks of a node that knows can
/// tell as many nodes as they are.
double latency_bound_s(const Movement& movement, std::span<const int> node_of_rank, const Links& links)
{
    const double inside = links.intra_node ? links.intra_node->latency_s : 0;
    const double between = links.inter_node ? links.inter_node->latency_s : 0;
    if (!movement.edges.empty()) {
        return messages_in_turn(movement) * std::max(any_edge(movement, node_of_rank, true) ? between : 0,
                                                     any_edge(movement, node_of_rank, false) ? inside : 0);
    }
    const auto sizes = sizes_of(node_of_rank);
    std::size_t largest = 0;
    for (const auto& [node, ranks] : sizes) {
        largest = std::max(largest, static_cast<std::size_t>(ranks));
    }
    const auto rounds = static_cast<int>(std::bit_width(node_of_rank.size() - 1));
    int crossing = 0;
    for (std::size_t reached = 1; reached < sizes.size(); reached *= 1 + largest) {
        ++crossing;
    }
    // Switches that reduce and copy reach everybody in one message.
    if ((links.inter_node && links.inter_node->reduces) || (links.intra_node && links.intra_node->reduces)) {
        return std::max(sizes.size() > 1 ? between : 0, largest > 1 ? inside : 0);
    }
    const double cheapest = sizes.size() == 1 ? inside : (largest == 1 ? between : std::min(inside, between));
    return crossing * between + std::max(rounds - crossing, 0) * cheapest;
}

/// Leaves number `nodes` successive nodes each.
std::vector<int> leaves_of(std::span<const int> node_of_rank, int nodes)
{
    std::vector<int> leaves(node_of_rank.begin(), node_of_rank.end());
    std::transform(leaves.begin(), leaves.end(), leaves.begin(), [&](int node) { return node / nodes; });
    return leaves;
}

Ideal no_bound(std::string why)
{
    Ideal none;
    none.why = std::move(why);
    return none;
}

}  // namespace

std::string_view name(Bottleneck limit)
{
    constexpr std::array<std::string_view, 4> names{"latency", "links within a node", "links between nodes",
                                                    "links of a leaf"};
    return names.at(static_cast<std::size_t>(limit));
}

Ideal ideal_time(const CaseIdentity& what, std::uint64_t total_bytes, std::span<const int> node_of_rank,
                 const Links& links)
{
    const auto collective = parse_collective(what.pattern);
    if (!collective || *collective == Collective::alltoallv) {
        return no_bound(fmt::format("there is no closed form of the least time of {}", what.pattern));
    }
    if (node_of_rank.size() < 2) {
        return no_bound("one rank alone communicates nothing");
    }
    const Movement movement = movement_of(what, *collective, total_bytes);
    const auto sizes = sizes_of(node_of_rank);
    const bool several_a_node =
        std::any_of(sizes.begin(), sizes.end(), [](const auto& node) { return node.second > 1; });
    if (sizes.size() > 1 && !links.inter_node) {
        return no_bound(
            "the rate between nodes is not known (measure pingpong or bidirectional between two nodes in the same run, "
            "or state links.inter_node)");
    }
    if (several_a_node && !links.intra_node) {
        return no_bound(
            "the rate within a node is not known (measure pingpong or bidirectional on two ranks of a node in the same "
            "run, or state links.intra_node)");
    }
    Ideal ideal;
    const double latency = latency_bound_s(movement, node_of_rank, links);
    ideal.seconds = latency;
    // Where messages are known one by one, the last byte of each has the latency of its links still before it.
    const auto before = [&](const std::optional<LinkRate>& rate) {
        return movement.edges.empty() || !rate ? 0 : messages_in_turn(movement) * rate->latency_s;
    };
    const auto at_least = [&](double bytes, double bytes_per_s, double before_s, Bottleneck limit) {
        const double bound = before_s + bytes / bytes_per_s;
        if (bytes > 0 && bound > *ideal.seconds) {
            ideal.seconds = bound;
            ideal.limit = bytes / bytes_per_s > before_s ? limit : Bottleneck::latency;
        }
    };
    // Where switches reduce, each contribution still leaves its rank or node once, and the result still arrives.
    const auto through = [&](double bytes, bool reduces) {
        return reduces && *collective == Collective::allreduce ? std::min(bytes, movement.bytes) : bytes;
    };
    if (several_a_node) {
        at_least(through(bytes_within_a_node(movement, node_of_rank), links.intra_node->reduces),
                 links.intra_node->bytes_per_s, before(links.intra_node), Bottleneck::intra_node);
    }
    if (sizes.size() > 1) {
        at_least(through(most_bytes_through(movement, node_of_rank), links.inter_node->reduces),
                 links.inter_node->bytes_per_s, before(links.inter_node), Bottleneck::inter_node);
    }
    if (links.leaf) {
        const bool reduces = links.inter_node && links.inter_node->reduces;
        at_least(through(most_bytes_through(movement, leaves_of(node_of_rank, links.leaf->nodes)), reduces),
                 links.leaf->bytes_per_s, before(links.inter_node), Bottleneck::leaf);
    }
    if (*ideal.seconds <= 0) {
        return no_bound("the bound is 0 (no bytes have to move, and no latency is known)");
    }
    return ideal;
}

}  // namespace plumbline
