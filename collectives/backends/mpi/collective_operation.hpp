// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"
#include "collectives/backends/mpi/element_types.hpp"
#include "collectives/operations/types.hpp"

#include <mpi.h>

#include <cstddef>
#include <memory>

namespace plumbline::mpi {

/// Where this rank stands on the data plane.
struct Endpoint {
    MPI_Comm comm = MPI_COMM_NULL;
    int rank = 0;
    int size = 1;
    int max_count = 0;  ///< elements that one MPI call may be given
};

/// `call` with its MPI calls laid out. `send` and `recv` are equal for an in-place call and for broadcast, null where
/// this rank has no such buffer. Throws BackendError.
std::unique_ptr<Operation> make_collective(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv);

}  // namespace plumbline::mpi
