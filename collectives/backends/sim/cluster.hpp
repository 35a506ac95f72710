// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/faults.hpp"
#include "collectives/backends/sim/shared_links.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace plumbline::sim {

/// An alpha-beta (Hockney) cluster. Costs of the collectives are the closed forms in cost_model.hpp; where links are
/// shared, their latencies and what shared_links.hpp says if that is more.
struct Cluster {
    double latency_s = 1e-6;              ///< alpha, of one message
    double bandwidth_bytes_per_s = 10e9;  ///< 1 / beta, of each rank's link, both directions at once
    double noise = 0;                     ///< each execution takes (1 + noise * x) times its cost, x ~ |N(0,1)|, seeded
    std::uint64_t seed = 1;
    /// A message starts when both sides are there, not when it is sent. Point to point only; messages of one sender
    /// wait for its link when sent eagerly, for their predecessor to the same peer under the same tag otherwise.
    bool rendezvous = false;
    int ranks_per_node = 1;  ///< names the nodes; costs are those of a full crossbar of ranks, and of `shared`
    SharedLinks shared = {};
    /// Rank -> factor on its compute and link times. The "= {}" lets designated initialisers leave it out (g++ warns).
    std::map<int, double> slow_ranks = {};  // NOLINT(readability-redundant-member-init)
    /// Each node's clock shows t * (1 + drift) + offset at virtual time t: both drawn from +- these, by seed and node.
    double clock_offset_s = 0;
    double clock_drift = 0;
    /// Rank r leaves synchronize() so much times r / (n - 1) after rank 0.
    double barrier_skew_s = 0;
    /// Bytes that a rank's link lets through at once after a rest, at the cost of none: what a token bucket of this
    /// depth gathers at the link's rate. 0: none.
    std::uint64_t burst_bytes = 0;
    /// What it takes a rank to start a collective: the caller's time, which a chain hides behind the operations before.
    double launch_s = 0;
    /// Rank -> what messages to it take longer than messages from it.
    std::map<int, double> inbound_delay_s = {};  // NOLINT(readability-redundant-member-init)
    /// Planted: what a diagnosis has to find.
    std::vector<Fault> faults = {};  // NOLINT(readability-redundant-member-init)
    /// Standing difference of each pair of nodes and direction from the others: its times are e^(spread * N(0,1)) times
    /// the cost.
    double link_spread = 0;
    /// So many of all executions take `outlier_factor` times what they would.
    double outlier_share = 0;
    double outlier_factor = 3;
    bool operator==(const Cluster&) const = default;
};

}  // namespace plumbline::sim
