// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/links.hpp"

#include <optional>
#include <vector>

namespace plumbline::test {

/// Rank r lies on node r / a_node.
inline std::vector<int> nodes(int ranks, int a_node)
{
    std::vector<int> node_of_rank;
    for (int rank = 0; rank < ranks; ++rank) {
        node_of_rank.push_back(rank / a_node);
    }
    return node_of_rank;
}

/// Bytes per second inside a node and between nodes, both with the same latency; what isn't given has no link.
inline Links links(std::optional<double> inside, std::optional<double> between, double latency_s = 0)
{
    Links made;
    if (inside) {
        made.intra_node = LinkRate{.bytes_per_s = *inside, .latency_s = latency_s};
    }
    if (between) {
        made.inter_node = LinkRate{.bytes_per_s = *between, .latency_s = latency_s};
    }
    return made;
}

}  // namespace plumbline::test
