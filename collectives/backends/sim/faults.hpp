// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::sim {

struct Cluster;

/// Something planted that is slower or later than the rest. Where several hit the same message or piece of work, the
/// slowest counts.
struct Fault {
    enum class Kind : std::uint8_t {
        node,       ///< all messages from and to `members`, one node
        direction,  ///< only those that it sends, or only those that it receives
        link,       ///< messages between two nodes
        leaf,       ///< messages between these nodes and the others
        rank,       ///< the compute of one rank
        late,       ///< one rank leaves synchronize() `delay_s` after the others
    };
    enum class Way : std::uint8_t {
        both,
        out,  ///< of a direction: what the node sends; of a link: from the first to the second; of a leaf: outwards
        in,
    };
    Kind kind = Kind::node;
    std::vector<int> members;  ///< nodes, or the rank
    Way way = Way::both;
    double factor = 1;   ///< on its time: 2 for half the rate
    double delay_s = 0;  ///< of a late rank, in place of the factor
    bool operator==(const Fault&) const = default;
};
std::string_view name(Fault::Kind kind);
std::string_view name(Fault::Way way);
/// "node 3, both ways: 1.11 times slower".
std::string describe(const Fault& fault);

/// Factor on the time of a message between two world ranks: what is planted, and the standing difference of
/// this pair from the others (Cluster::link_spread), drawn by seed and pair of nodes.
double link_factor(const Cluster& cluster, int from_rank, int to_rank);
/// Factor on the compute of a rank.
double compute_factor(const Cluster& cluster, int rank);
/// What a rank leaves synchronize() later than it could.
double delay_s(const Cluster& cluster, int rank);

}  // namespace plumbline::sim
