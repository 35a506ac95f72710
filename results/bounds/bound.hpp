// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_identity.hpp"
#include "results/records/links.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace plumbline {

/// What keeps an operation from being faster.
enum class Bottleneck : std::uint8_t { latency, intra_node, inter_node, leaf };
std::string_view name(
    Bottleneck limit);  ///< "latency", "links within a node", "links between nodes", "links of a leaf"

/// A lower bound of an operation's time; `why` says in one sentence why there is none.
struct Ideal {
    std::optional<double> seconds;
    Bottleneck limit = Bottleneck::latency;
    std::string why;
};

/// The time below which no algorithm can carry out a collective over these links, unless the network itself reduces or
/// copies: the largest of what has to pass through the busiest node, leaf and rank, and of the latencies that no
/// schedule avoids. With S bytes, n ranks, N nodes of g ranks, per direction:
///   allreduce  2(N-1)/N S a node, 2(g-1)/g S a rank;  reduce_scatter, allgather  (n-g)/n S, (g-1)/g S;
///   broadcast, reduce  S, S;  gather, scatter  (n-g)/n S and (g-1)/n S at the root;
///   alltoall  g(n-g)/n S a node, (g-1)/n S a rank;  leaves as nodes. Latency: ceil(log2 n) messages.
/// Where links are stated to reduce, allreduce passes S at most (each contribution leaves its rank once), latency 1.
/// Chan, Heimlich, Purkayastha, van de Geijn 2007; for nodes the same count over their ports.
/// `node_of_rank`: of each rank of the case, in its order. `what.bytes` is S as asked, `total_bytes` S as made.
/// Pure. No bound for alltoallv and for workloads.
Ideal ideal_time(const CaseIdentity& what, std::uint64_t total_bytes, std::span<const int> node_of_rank,
                 const Links& links);

}  // namespace plumbline
