// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/mpi/collective_operation.hpp"

namespace plumbline::mpi {

/// `call` as a non-blocking collective: start() posts it, test() tests it, finish() waits. Operations of one group
/// must be started in the same order on all ranks. Throws BackendError for a call that MPI has no single such form of
/// here: counts beyond int, rooted and point-to-point operations.
std::unique_ptr<Operation> make_overlapped(const Endpoint& at, const ElementTypes& types, const CollectiveCall& call,
                                           std::byte* send, std::byte* recv);

}  // namespace plumbline::mpi
