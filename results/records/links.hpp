// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

namespace plumbline {

/// Bandwidth of one direction of a link, and the one-way time of an empty message.
struct LinkRate {
    double bytes_per_s = 0;
    double latency_s = 0;  ///< 0 where not known: the bound then comes from the bandwidth alone
    /// The switches between its ends reduce and copy by themselves (NVLink SHARP, SHARP).
    bool reduces = false;
    bool operator==(const LinkRate&) const = default;
};

/// One direction of the up-links that `nodes` successive nodes share, all together.
struct LeafRate {
    int nodes = 0;
    double bytes_per_s = 0;
    bool operator==(const LeafRate&) const = default;
};

/// The links of a cluster. Each direction is a link of its own (full duplex).
struct Links {
    std::optional<LinkRate> intra_node;  ///< from a rank to the others of its node
    std::optional<LinkRate> inter_node;  ///< from a node to the others, all its ports together
    std::optional<LeafRate> leaf;        ///< where leaves are oversubscribed
    int ports = 1;                       ///< of a node
    /// Rate of one port, where a node carries less than all its ports together; else each port has an equal part of
    /// inter_node.
    std::optional<double> port_bytes_per_s = {};  // NOLINT(readability-redundant-member-init)
    /// As stated in the scenario, so that a contract can be judged before any launch.
    std::optional<int> ranks_per_node = {};  // NOLINT(readability-redundant-member-init)
    bool operator==(const Links&) const = default;
};

}  // namespace plumbline
