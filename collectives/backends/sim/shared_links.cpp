// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/shared_links.hpp"

#include "collectives/backends/sim/cluster.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline::sim {
namespace {

/// Every `ranks` successive ranks have one link to the others.
struct Level {
    int ranks = 1;
    double bytes_per_s = 0;
};

std::vector<Level> levels_of(const Cluster& cluster)
{
    const SharedLinks& links = cluster.shared;
    std::vector<Level> levels;
    if (links.nic_bytes_per_s > 0) {
        levels.push_back({cluster.ranks_per_node, links.nic_bytes_per_s});
    }
    if (links.leaf_nodes > 0) {
        levels.push_back({cluster.ranks_per_node * links.leaf_nodes, links.uplink_bytes_per_s});
    }
    return levels;
}

std::vector<int> groups_of(std::span<const int> ranks, const Level& level)
{
    std::vector<int> groups(ranks.begin(), ranks.end());
    std::ranges::transform(groups, groups.begin(), [&](int rank) { return rank / level.ranks; });
    return groups;
}

double ranks_behind(const Level& level, int group, std::span<const int> concurrent_ranks)
{
    return static_cast<double>(
        std::ranges::count_if(concurrent_ranks, [&](int rank) { return rank / level.ranks == group; }));
}

}  // namespace

double shared_seconds(const Cluster& cluster, const Movement& movement, std::span<const int> members,
                      std::span<const int> concurrent_ranks)
{
    double most_s = 0;
    for (const Level& level : levels_of(cluster)) {
        const std::vector<int> groups = groups_of(members, level);
        const auto through = bytes_through(movement, groups);
        if (through.empty()) {
            continue;
        }
        const auto mine = sizes_of(groups);
        const auto all = sizes_of(groups_of(concurrent_ranks, level));
        for (const auto& [group, bytes] : through) {
            const double share = static_cast<double>(mine.at(group)) / all.at(group);
            most_s = std::max(most_s, bytes / (level.bytes_per_s * share));
        }
    }
    return most_s;
}

double message_bytes_per_s(const Cluster& cluster, int from, int to, std::span<const int> concurrent_ranks)
{
    double rate = cluster.bandwidth_bytes_per_s;
    for (const Level& level : levels_of(cluster)) {
        const int source = from / level.ranks;
        const int sink = to / level.ranks;
        if (source != sink) {
            const double sharing =
                std::max(ranks_behind(level, source, concurrent_ranks), ranks_behind(level, sink, concurrent_ranks));
            rate = std::min(rate, level.bytes_per_s / sharing);
        }
    }
    return rate;
}

}  // namespace plumbline::sim
