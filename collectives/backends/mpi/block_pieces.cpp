// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/block_pieces.hpp"

#include "collectives/backends/mpi/check.hpp"

namespace plumbline::mpi {

namespace {

/// `count` elements; the next item of this type starts `stride` elements further on.
Datatype strided_type(MPI_Datatype element, int count, std::uint64_t stride)
{
    MPI_Aint lower = 0;
    MPI_Aint extent = 0;
    check(MPI_Type_get_extent(element, &lower, &extent), "MPI_Type_get_extent");

    MPI_Datatype piece = MPI_DATATYPE_NULL;
    MPI_Datatype resized = MPI_DATATYPE_NULL;
    check(MPI_Type_contiguous(count, element, &piece), "MPI_Type_contiguous");
    check(MPI_Type_create_resized(piece, 0, static_cast<MPI_Aint>(stride) * extent, &resized),
          "MPI_Type_create_resized");
    check(MPI_Type_free(&piece), "MPI_Type_free");
    return Datatype(resized);
}

}  // namespace

BlockPieces::BlockPieces(std::uint64_t block, int ranks, MPI_Datatype element, int max_count)
{
    const std::vector<Piece> cuts = cut_block(block, ranks, max_count);
    if (cuts.size() == 1) {
        pieces_.push_back({.elements = cuts[0], .strided_count = cuts[0].count, .strided = element});
        return;
    }
    for (const Piece& elements : cuts) {
        const bool same_as_before = !pieces_.empty() && pieces_.back().elements.count == elements.count;
        if (!same_as_before) {
            types_.push_back(strided_type(element, elements.count, block));
        }
        pieces_.push_back({.elements = elements, .strided_count = 1, .strided = types_.back().get()});
    }
}

}  // namespace plumbline::mpi
