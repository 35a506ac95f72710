// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/data_volume.hpp"

#include <functional>
#include <map>
#include <span>
#include <vector>

namespace plumbline::sim {

struct Cluster;

/// Links that several ranks use. Rates are of one direction; both carry at once.
struct SharedLinks {
    double nic_bytes_per_s = 0;     ///< of a node to the others, all its ports together; 0: as fast as its ranks' links
    int leaf_nodes = 0;             ///< so many successive nodes are a leaf; 0: there are none
    double uplink_bytes_per_s = 0;  ///< of a leaf to the others, all together
    bool operator==(const SharedLinks&) const = default;
};

/// A rank's share of such a link is its rate over the number of ranks of the case (`concurrent_ranks`, world ranks)
/// behind it: all are taken to communicate at the same time, as they do in a training step. A collective of `members`
/// has the shares of its members, and takes at least
///   max over nodes and leaves of  bytes_through(node or leaf) / (rate x members behind it / concurrent_ranks behind
///   it).
/// Of a case's own collective that is the bound of results/bounds/bound.hpp. Pure; 0 where nothing is shared.
double shared_seconds(const Cluster& cluster, const Movement& movement, std::span<const int> members,
                      std::span<const int> concurrent_ranks);
/// The same where bytes_through() is told by another: bytes that leave or enter each group of members.
using BytesThrough = std::function<std::map<int, double>(std::span<const int> group_of_rank)>;
double shared_seconds(const Cluster& cluster, const BytesThrough& through, std::span<const int> members,
                      std::span<const int> concurrent_ranks);

/// How many of `concurrent_ranks` are behind each shared link, counted once for all their messages.
class Sharing {
public:
    /// Nothing is shared.
    Sharing() = default;
    Sharing(const Cluster& cluster, std::span<const int> concurrent_ranks);
    /// Of one message between two world ranks: its link's rate, or one rank's share of what it crosses.
    double message_bytes_per_s(int from, int to) const;

private:
    struct Level {
        int ranks = 1;  ///< behind one link
        double bytes_per_s = 0;
        std::map<int, int> concurrent;  ///< by link
        double sharing(int link) const;
    };
    double link_bytes_per_s_ = 0;
    std::vector<Level> levels_;
};

}  // namespace plumbline::sim
