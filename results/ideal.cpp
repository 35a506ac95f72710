#include "results/ideal.hpp"

#include "collectives/types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <map>
#include <numeric>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

/// A message of a pattern whose messages are known: every rank's own, or one a pair.
struct Edge {
    int from = 0;
    int to = 0;
};

struct Operation {
    Collective collective = Collective::barrier;
    double bytes = 0;  ///< S
    int root = 0;
    std::vector<Edge> edges;      ///< of sendrecv, pingpong and bidirectional
    double bytes_an_edge = 0;     ///< that pass each while the operation lasts
    double messages_in_turn = 0;  ///< latencies that follow one another, where edges are known
};

int parameter(const CaseIdentity& what, const std::string& key, int otherwise)
{
    const auto found = what.parameters.find(key);
    return found == what.parameters.end() ? otherwise : std::stoi(found->second);
}

PairLayout layout_of(const CaseIdentity& what)
{
    const auto found = what.parameters.find("pairs");
    return found == what.parameters.end() ? PairLayout::adjacent
                                          : parse_pair_layout(found->second).value_or(PairLayout::adjacent);
}

std::vector<Edge> ring_edges(int ranks)
{
    std::vector<Edge> edges;
    for (int rank = 0; rank < ranks; ++rank) {
        edges.push_back({rank, (rank + 1) % ranks});
    }
    return edges;
}

std::vector<Edge> pair_edges(PairLayout pairs, int ranks)
{
    std::vector<Edge> edges;
    for (int rank = 0; rank < ranks; ++rank) {
        if (const auto other = partner(pairs, rank, ranks)) {
            edges.push_back({rank, *other});
        }
    }
    return edges;
}

Operation operation_of(const CaseIdentity& what, Collective collective, std::uint64_t total_bytes)
{
    Operation operation;
    operation.collective = collective;
    operation.bytes = static_cast<double>(total_bytes);
    operation.root = what.root;
    if (collective == Collective::sendrecv) {
        operation.edges = ring_edges(what.ranks);
        operation.bytes_an_edge = operation.bytes;
        operation.messages_in_turn = 1;
    } else if (collective == Collective::pingpong) {
        operation.edges = pair_edges(layout_of(what), what.ranks);
        operation.bytes_an_edge = operation.bytes;
        operation.messages_in_turn = 2;
    } else if (collective == Collective::bidirectional) {
        operation.edges = pair_edges(layout_of(what), what.ranks);
        operation.bytes_an_edge = operation.bytes * parameter(what, "window", 1);
        operation.messages_in_turn = 1;
    }
    return operation;
}

/// How many ranks each group has.
std::map<int, int> sizes_of(std::span<const int> group_of_rank)
{
    std::map<int, int> sizes;
    for (const int group : group_of_rank) {
        ++sizes[group];
    }
    return sizes;
}

/// Bytes that have to leave, or enter, the busiest of the groups.
double bytes_through(const Operation& operation, std::span<const int> group_of_rank)
{
    const auto sizes = sizes_of(group_of_rank);
    const auto groups = static_cast<double>(sizes.size());
    const auto ranks = static_cast<double>(group_of_rank.size());
    if (sizes.size() < 2) {
        return 0;
    }
    const double bytes = operation.bytes;
    const auto largest = [&](auto of_size) {
        double most = 0;
        for (const auto& [group, size] : sizes) {
            most = std::max(most, of_size(static_cast<double>(size)));
        }
        return most;
    };
    switch (operation.collective) {
        case Collective::allreduce:
            return 2 * (groups - 1) / groups * bytes;
        case Collective::reduce_scatter:
        case Collective::allgather:
            return largest([&](double size) { return (ranks - size) / ranks * bytes; });
        case Collective::broadcast:
        case Collective::reduce:
            return bytes;
        case Collective::gather:
        case Collective::scatter: {
            const int root_group = group_of_rank[static_cast<std::size_t>(operation.root)];
            return (ranks - sizes.at(root_group)) / ranks * bytes;
        }
        case Collective::alltoall:
            return largest([&](double size) { return size * (ranks - size) / ranks * bytes; });
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional: {
            std::map<int, double> leaving;
            for (const Edge& edge : operation.edges) {
                const int from = group_of_rank[static_cast<std::size_t>(edge.from)];
                if (from != group_of_rank[static_cast<std::size_t>(edge.to)]) {
                    leaving[from] += operation.bytes_an_edge;
                }
            }
            double most = 0;
            for (const auto& [group, sum] : leaving) {
                most = std::max(most, sum);
            }
            // The two messages of a round trip take turns.
            return operation.collective == Collective::pingpong && most > 0 ? std::max(most, 2 * bytes) : most;
        }
        case Collective::alltoallv:
        case Collective::barrier:
            return 0;
    }
    throw std::logic_error("a collective of unknown kind");
}

bool any_edge(const Operation& operation, std::span<const int> node_of_rank, bool between_nodes)
{
    return std::any_of(operation.edges.begin(), operation.edges.end(), [&](const Edge& edge) {
        const bool crosses =
            node_of_rank[static_cast<std::size_t>(edge.from)] != node_of_rank[static_cast<std::size_t>(edge.to)];
        return crosses == between_nodes;
    });
}

/// The same for the busiest rank among those of its node.
double bytes_within_a_node(const Operation& operation, std::span<const int> node_of_rank)
{
    if (!operation.edges.empty()) {
        const double turns = operation.collective == Collective::pingpong ? 2 : 1;
        return any_edge(operation, node_of_rank, false) ? turns * operation.bytes_an_edge : 0;
    }
    const bool rooted = operation.collective == Collective::gather || operation.collective == Collective::scatter;
    int size = 0;
    for (const auto& [node, ranks] : sizes_of(node_of_rank)) {
        const bool counts = !rooted || node == node_of_rank[static_cast<std::size_t>(operation.root)];
        size = counts ? std::max(size, ranks) : size;
    }
    // Of what a rank has for each other one, the part for those of its node.
    const bool for_each_rank = rooted || operation.collective == Collective::alltoall;
    Operation inside = operation;
    inside.root = 0;
    inside.bytes *= for_each_rank ? static_cast<double>(size) / static_cast<double>(node_of_rank.size()) : 1;
    std::vector<int> alone(static_cast<std::size_t>(size));
    std::iota(alone.begin(), alone.end(), 0);
    return bytes_through(inside, alone);
}

/// Latencies that no schedule avoids: in each round a rank can tell one other, so the ranks of a node that knows can
/// tell as many nodes as they are.
double latency_bound_s(const Operation& operation, std::span<const int> node_of_rank, const Links& links)
{
    const double inside = links.intra_node ? links.intra_node->latency_s : 0;
    const double between = links.inter_node ? links.inter_node->latency_s : 0;
    if (!operation.edges.empty()) {
        return operation.messages_in_turn * std::max(any_edge(operation, node_of_rank, true) ? between : 0,
                                                     any_edge(operation, node_of_rank, false) ? inside : 0);
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

std::string_view name(Limit limit)
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
    const Operation operation = operation_of(what, *collective, total_bytes);
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
    const double latency = latency_bound_s(operation, node_of_rank, links);
    ideal.seconds = latency;
    // Where messages are known one by one, the last byte of each has its latency still before it.
    const double before = operation.edges.empty() ? 0 : latency;
    const auto at_least = [&](double bytes, double bytes_per_s, Limit limit) {
        const double bound = before + bytes / bytes_per_s;
        if (bytes > 0 && bound > *ideal.seconds) {
            ideal.seconds = bound;
            ideal.limit = bytes / bytes_per_s > before ? limit : Limit::latency;
        }
    };
    if (several_a_node) {
        at_least(bytes_within_a_node(operation, node_of_rank), links.intra_node->bytes_per_s, Limit::intra_node);
    }
    if (sizes.size() > 1) {
        at_least(bytes_through(operation, node_of_rank), links.inter_node->bytes_per_s, Limit::inter_node);
    }
    if (links.leaf) {
        at_least(bytes_through(operation, leaves_of(node_of_rank, links.leaf->nodes)), links.leaf->bytes_per_s,
                 Limit::leaf);
    }
    if (*ideal.seconds <= 0) {
        return no_bound("the bound is 0 (no bytes have to move, and no latency is known)");
    }
    return ideal;
}

}  // namespace plumbline
