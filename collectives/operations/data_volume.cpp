// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/data_volume.hpp"

#include "collectives/operations/traffic.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace plumbline {
namespace {

std::vector<Edge> ring_edges(int ranks, double bytes)
{
    std::vector<Edge> edges;
    for (int rank = 0; rank < ranks; ++rank) {
        edges.push_back({rank, (rank + 1) % ranks, bytes});
    }
    return edges;
}

std::vector<Edge> pair_edges(PairLayout pairs, int ranks, double bytes)
{
    std::vector<Edge> edges;
    for (int rank = 0; rank < ranks; ++rank) {
        if (const auto other = partner(pairs, rank, ranks)) {
            edges.push_back({rank, *other, bytes});
        }
    }
    return edges;
}

std::map<int, double> bytes_of_edges(const Movement& movement, std::span<const int> group_of_rank)
{
    std::map<int, double> leaving;
    std::map<int, double> entering;
    for (const Edge& edge : movement.edges) {
        const int from = group_of_rank[static_cast<std::size_t>(edge.from)];
        const int to = group_of_rank[static_cast<std::size_t>(edge.to)];
        if (from != to) {
            leaving[from] += edge.bytes;
            entering[to] += edge.bytes;
        }
    }
    for (const auto& [group, bytes] : entering) {
        double& most = leaving[group];
        // The two messages of a round trip follow each other.
        const double least = movement.collective == Collective::pingpong ? 2 * movement.bytes : 0;
        most = std::max({most, bytes, least});
    }
    return leaving;
}

}  // namespace

Movement movement_of(Collective collective, int ranks, double total_bytes, int root, PairLayout pairs, int window)
{
    Movement movement{.collective = collective, .bytes = total_bytes, .root = root, .edges = {}};
    if (collective == Collective::sendrecv) {
        movement.edges = ring_edges(ranks, total_bytes);
    } else if (collective == Collective::pingpong) {
        movement.edges = pair_edges(pairs, ranks, total_bytes);
    } else if (collective == Collective::bidirectional) {
        movement.edges = pair_edges(pairs, ranks, total_bytes * window);
    }
    return movement;
}

std::map<int, int> sizes_of(std::span<const int> group_of_rank)
{
    std::map<int, int> sizes;
    for (const int group : group_of_rank) {
        ++sizes[group];
    }
    return sizes;
}

std::map<int, double> bytes_through(const Movement& movement, std::span<const int> group_of_rank)
{
    if (!movement.edges.empty()) {
        return bytes_of_edges(movement, group_of_rank);
    }
    const auto sizes = sizes_of(group_of_rank);
    if (sizes.size() < 2) {
        return {};
    }
    const auto groups = static_cast<double>(sizes.size());
    const auto ranks = static_cast<double>(group_of_rank.size());
    const double bytes = movement.bytes;
    const auto of_each = [&](auto of_size) {
        std::map<int, double> through;
        for (const auto& [group, size] : sizes) {
            through[group] = of_size(static_cast<double>(size));
        }
        return through;
    };
    switch (movement.collective) {
        case Collective::allreduce:
            return of_each([&](double) { return 2 * (groups - 1) / groups * bytes; });
        case Collective::reduce_scatter:
        case Collective::allgather:
            return of_each([&](double size) { return (ranks - size) / ranks * bytes; });
        case Collective::broadcast:
        case Collective::reduce:
            return of_each([&](double) { return bytes; });
        case Collective::gather:
        case Collective::scatter: {
            const int root_group = group_of_rank[static_cast<std::size_t>(movement.root)];
            return {{root_group, (ranks - sizes.at(root_group)) / ranks * bytes}};
        }
        case Collective::alltoall:
            return of_each([&](double size) { return size * (ranks - size) / ranks * bytes; });
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional:
        case Collective::alltoallv:
        case Collective::barrier:
            return {};
    }
    throw std::logic_error("a collective of unknown kind");
}

}  // namespace plumbline
