// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/handles.hpp"

#include "collectives/backends/mpi/check.hpp"

namespace plumbline::mpi {

Datatype::Datatype(MPI_Datatype type) : type_(type)
{
    check(MPI_Type_commit(&type_), "MPI_Type_commit");
}

Datatype::~Datatype()
{
    if (type_ != MPI_DATATYPE_NULL) {
        MPI_Type_free(&type_);
    }
}

Reduction::Reduction(MPI_User_function* function)
{
    constexpr int commutative = 1;
    check(MPI_Op_create(function, commutative, &op_), "MPI_Op_create");
}

Reduction::~Reduction()
{
    if (op_ != MPI_OP_NULL) {
        MPI_Op_free(&op_);
    }
}

}  // namespace plumbline::mpi
