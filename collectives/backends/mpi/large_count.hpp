// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/block_counts.hpp"

#include <cstdint>
#include <vector>

namespace plumbline::mpi {

/// MPI 3 counts are `int`. Everything larger is cut here, into calls of at most `max_count` elements (INT_MAX in the
/// program, a handful in tests).

/// Consecutive elements of a message.
struct Piece {
    std::uint64_t first = 0;
    int count = 0;
    bool operator==(const Piece&) const = default;
};

/// `count` elements in order; one empty piece for none, so that the call is still made.
std::vector<Piece> cut(std::uint64_t count, int max_count);

/// The same for a call that moves `ranks` blocks of `block` elements: every piece, times `ranks`, is within
/// `max_count`.
std::vector<Piece> cut_block(std::uint64_t block, int ranks, int max_count);

/// Counts of an alltoallv and where each block starts, as MPI 3 takes them; all must fit.
struct Layout {
    std::vector<int> counts;
    std::vector<int> starts;
};
Layout layout(const BlockCounts& counts);

}  // namespace plumbline::mpi
