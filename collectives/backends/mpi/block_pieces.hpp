// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/mpi/handles.hpp"
#include "collectives/backends/mpi/large_count.hpp"

#include <mpi.h>

#include <cstdint>
#include <vector>

namespace plumbline::mpi {

/// A piece of every rank's block, for a call that moves one block for each rank, which lie one after the other. On the
/// side that holds one block it is `elements.count` elements; on the side that holds them all it is `strided_count` of
/// `strided` for each rank, whose extent is the whole block.
struct BlockPiece {
    Piece elements;
    int strided_count = 0;
    MPI_Datatype strided = MPI_DATATYPE_NULL;
};

/// Blocks of `block` elements of `element`, cut by cut_block(). One piece and no derived type where everything fits.
/// Owns the derived types. Throws BackendError.
class BlockPieces {
public:
    BlockPieces(std::uint64_t block, int ranks, MPI_Datatype element, int max_count);

    auto begin() const { return pieces_.begin(); }
    auto end() const { return pieces_.end(); }

private:
    std::vector<Datatype> types_;
    std::vector<BlockPiece> pieces_;
};

}  // namespace plumbline::mpi
