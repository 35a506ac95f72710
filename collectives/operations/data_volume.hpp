// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <map>
#include <span>
#include <vector>

namespace plumbline {

/// Bytes from one rank of a group to another.
struct Edge {
    int from = 0;
    int to = 0;
    double bytes = 0;
};

/// What a collective moves, as far as a bound of its time depends on it.
struct Movement {
    Collective collective = Collective::barrier;
    double bytes = 0;  ///< S
    int root = 0;
    /// Where each byte has one source and one destination: sendrecv, pingpong, bidirectional, and alltoallv where the
    /// caller adds them.
    std::vector<Edge> edges;
};

/// `total_bytes` is S; `pairs` and `window` count where `info(collective).pairs` says so. No edges for alltoallv.
Movement movement_of(Collective collective, int ranks, double total_bytes, int root, PairLayout pairs, int window);

/// Bytes that must leave or enter each group of ranks (a node, a leaf switch), whichever is more, unless the network
/// itself reduces or copies. With S bytes, n ranks, G groups of g ranks:
///   allreduce  2(G-1)/G S;  reduce_scatter, allgather  (n-g)/n S;  broadcast, reduce  S;
///   gather, scatter  (n-g)/n S at the root's group;  alltoall  g(n-g)/n S;  else the sum of the edges that cross,
///   and of pingpong at least 2S: its messages follow each other.
/// Chan, Heimlich, Purkayastha, van de Geijn 2007, counted at the groups' borders.
/// `group_of_rank`: [rank]. Groups that nothing crosses may be left out; a single group has no entry.
std::map<int, double> bytes_through(const Movement& movement, std::span<const int> group_of_rank);

/// How many ranks each group has.
std::map<int, int> sizes_of(std::span<const int> group_of_rank);

}  // namespace plumbline
