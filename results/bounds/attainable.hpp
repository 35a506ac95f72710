// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/algorithm.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/links.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// What an algorithm attains where physics would allow more: ideal_time() is the bound, this is what a perfect
/// implementation of a named algorithm takes over the same links (Hockney's model: latency + bytes / rate).
///
/// S bytes, n ranks, N nodes of g ranks; B a node's ports together, b a port, L a rank's links inside its node, K a
/// leaf's up-links; a latency. Of a step the slowest of its links counts. Rings go through node after node.
///   ring          allreduce: 2(n-1) steps of S/n; reduce_scatter, allgather: n-1. In each step S/n leaves every node
///                 and leaf, and every rank that has a neighbour inside. Over r rails: r rings with S/r each, r b for
///                 B. broadcast, reduce: a pipelined chain, S through everything, n-1 latencies. Patarasuk, Yuan 2009;
///                 NCCL src/graph/tuning.cc (nsteps).
///   tree          allreduce: what double_tree_load() says over B and K, 2(g-1)/g S over L, since the chains inside
///                 nodes begin at another rank in each channel; 2 ceil(log2 N) + 2(g-1) latencies, pipelined.
///                 Sanders, Speck, Traff 2009; NCCL src/graph/trees.cc.
///   hierarchical  allreduce: g-1 steps of S/g inside, 2(N-1) steps of S/n by each rank over b' = B/g, g-1 steps inside
///                 again; reduce_scatter, allgather: half of each. alltoall: (g-1)/g S inside so that each rank holds
///                 what goes to its place on other nodes, then g(N-1)/N S a node. The same number of ranks on each
///                 node. Thakur, Rabenseifner, Gropp 2005; Karonis et al. 2000; NCCL's PXN for alltoall. Not
///                 overlapped.
///   nvls          allreduce: a rank's links carry S to the switch for the sums and S/g of them to be spread, and as
///                 much comes back: (1 + 1/g) S over L, as nccl-tests doc/PERFORMANCE.md counts in-network reduction;
///                 several nodes: the tree over B beside it (NCCL's NVLSTree). reduce_scatter, allgather: S over L,
///                 one node alone. 2 latencies inside, of which reduce_scatter and allgather have one each.
///   sharp         allreduce: S over B and K, inside as nvls where nodes reduce too, else each rank with each other one
///                 of its node, 2(g-1)/g S (NCCL's CollNetDirect); one latency between nodes, there and back, for the
///                 sum is made halfway, and 2 inside.
///                 Graham et al. 2016, "Scalable Hierarchical Aggregation Protocol".
///   direct        the bound's bytes and one latency: each byte goes once from its source to its destination. sendrecv
///                 and pairs: the bound.
///   pairwise      alltoall: n-1 steps of S/n, in step s with the rank s further on: min(s, n-s, g) of them leave a
///                 node at the same time. The same number of ranks on each node. Thakur, Rabenseifner, Gropp 2005.
///   binomial      broadcast, reduce: S in each of ceil(log2 N) steps over B, then of ceil(log2 g) over L. gather,
///                 scatter: what the root sends or takes, first over B, then over L. The farthest first: the first
///                 ceil(log2 of the leaves) steps are over K too, and the others are not. Thakur et al. 2005.
/// No time is below ideal_time(). Not modelled: costs per message and per byte of the processor or device, protocols,
/// payload below the links' nominal rate, congestion between leaves, and ports that only some ranks can reach at full
/// rate.
namespace plumbline {

struct Attainable {
    AlgorithmKind algorithm = AlgorithmKind::ring;
    std::optional<double> seconds;
    std::string why;  ///< one sentence where there is no time
};

/// Of an algorithm over these links. `rails`: of `ring`. `node_of_rank`, `what`, `total_bytes` as in ideal_time().
/// Pure.
Attainable attainable_time(AlgorithmKind algorithm, std::optional<int> rails, const CaseIdentity& what,
                           std::uint64_t total_bytes, std::span<const int> node_of_rank, const Links& links);

/// Of each algorithm that the operation has, in the order of modelled_algorithms().
std::vector<Attainable> attainable_times(const CaseIdentity& what, std::uint64_t total_bytes,
                                         std::span<const int> node_of_rank, const Links& links);

/// What `reference` names: of `best` the shortest of attainable_times(), of `used` what algorithm_used() says.
Attainable attainable_time(const AlgorithmReference& reference, const CaseIdentity& what, std::uint64_t total_bytes,
                           std::span<const int> node_of_rank, const Links& links);

}  // namespace plumbline
