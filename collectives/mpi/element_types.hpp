#pragma once

#include "collectives/mpi/handles.hpp"
#include "collectives/types.hpp"

#include <mpi.h>

#include <array>

namespace plumbline::mpi {

/// MPI's counterpart of each DataType and ReduceOp. float16 and bfloat16 are two bytes each, reduced by
/// reduce_into(); all others are native.
class ElementTypes {
public:
    /// Throws BackendError.
    ElementTypes();

    MPI_Datatype type(DataType dtype) const;
    MPI_Op op(DataType dtype, ReduceOp op) const;

private:
    using Reductions = std::array<Reduction, 3>;

    Datatype half_;
    Datatype brain_;
    Reductions half_reductions_;
    Reductions brain_reductions_;
};

}  // namespace plumbline::mpi
