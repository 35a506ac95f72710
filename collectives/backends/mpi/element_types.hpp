// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/mpi/handles.hpp"
#include "collectives/operations/types.hpp"

#include <mpi.h>

#include <array>

namespace plumbline::mpi {

/// MPI's counterpart of each DataType and ReduceOp. Floats of 8 and 16 bits are plain bytes, reduced by reduce_into();
/// all others are native.
class ElementTypes {
public:
    /// Throws BackendError.
    ElementTypes();

    MPI_Datatype type(DataType dtype) const;
    MPI_Op op(DataType dtype, ReduceOp op) const;
    /// Whether MPI reduces it itself.
    bool reduced_by_mpi(DataType dtype) const { return find(dtype) == nullptr; }

private:
    using Reductions = std::array<Reduction, 3>;

    struct Own {
        DataType dtype;
        Datatype type;
        Reductions reductions;
    };

    template <DataType dtype>
    static Own own();
    /// Null where `dtype` is one of MPI's.
    const Own* find(DataType dtype) const;

    std::array<Own, 4> own_;
};

}  // namespace plumbline::mpi
