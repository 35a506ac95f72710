// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/shared_links.hpp"

#include "collectives/backends/sim/cluster.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline::sim {
namespace {

/// Every `ranks` successive ranks have one link to the others.
struct LinkLevel {
    int ranks = 1;
    double bytes_per_s = 0;
};

std::vector<LinkLevel> levels_of(const Cluster& cluster)
{
    const SharedLinks& links = cluster.shared;
    std::vector<LinkLevel> levels;
    if (links.nic_bytes_per_s > 0) {
        levels.push_back({cluster.ranks_per_node, links.nic_bytes_per_s});
    }
    if (links.leaf_nodes > 0) {
        levels.push_back({cluster.ranks_per_node * links.leaf_nodes, links.uplink_bytes_per_s});
    }
    return levels;
}

std::vector<int> groups_of(std::span<const int> ranks, const LinkLevel& level)
{
    std::vector<int> groups(ranks.begin(), ranks.end());
    std::ranges::transform(groups, groups.begin(), [&](int rank) { return rank / level.ranks; });
    return groups;
}

}  // namespace

double shared_seconds(const Cluster& cluster, const Movement& movement, std::span<const int> members,
                      std::span<const int> concurrent_ranks)
{
    const auto through = [&](std::span<const int> group_of_rank) { return bytes_through(movement, group_of_rank); };
    return shared_seconds(cluster, through, members, concurrent_ranks);
}

double shared_seconds(const Cluster& cluster, const BytesThrough& through, std::span<const int> members,
                      std::span<const int> concurrent_ranks)
{
    double most_s = 0;
    for (const LinkLevel& level : levels_of(cluster)) {
        const std::vector<int> groups = groups_of(members, level);
        const auto mine = sizes_of(groups);
        if (mine.size() < 2) {
            continue;
        }
        const auto all = sizes_of(groups_of(concurrent_ranks, level));
        for (const auto& [group, bytes] : through(groups)) {
            const double share = static_cast<double>(mine.at(group)) / all.at(group);
            most_s = std::max(most_s, bytes / (level.bytes_per_s * share));
        }
    }
    return most_s;
}

Sharing::Sharing(const Cluster& cluster, std::span<const int> concurrent_ranks)
    : link_bytes_per_s_(cluster.bandwidth_bytes_per_s)
{
    for (const LinkLevel& level : levels_of(cluster)) {
        levels_.push_back({.ranks = level.ranks,
                           .bytes_per_s = level.bytes_per_s,
                           .concurrent = sizes_of(groups_of(concurrent_ranks, level))});
    }
}

double Sharing::Level::sharing(int link) const
{
    const auto found = concurrent.find(link);
    return found == concurrent.end() ? 0.0 : found->second;
}

double Sharing::message_bytes_per_s(int from, int to) const
{
    double rate = link_bytes_per_s_;
    for (const Level& level : levels_) {
        const int source = from / level.ranks;
        const int sink = to / level.ranks;
        if (source != sink) {
            rate = std::min(rate, level.bytes_per_s / std::max(level.sharing(source), level.sharing(sink)));
        }
    }
    return rate;
}

}  // namespace plumbline::sim
