// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace plumbline::mpi {

/// One message to or from `peer`; `count` elements at `data`.
struct Transfer {
    std::byte* data = nullptr;
    int count = 0;
    int peer = 0;
};

/// All receives and sends at once; finish() waits for all of them.
std::unique_ptr<Operation> make_exchange(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                         std::vector<Transfer> receives);
/// First sends, then receives; done when start() returns.
std::unique_ptr<Operation> make_ping(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                     std::vector<Transfer> receives);
/// First receives, then sends; done when start() returns.
std::unique_ptr<Operation> make_pong(MPI_Comm comm, MPI_Datatype type, std::vector<Transfer> sends,
                                     std::vector<Transfer> receives);

/// A message of bytes on persistent requests.
struct ByteMessage {
    std::byte* data = nullptr;
    std::uint64_t bytes = 0;
    int peer = 0;
    int tag = 0;
};
std::unique_ptr<Operation> make_send(MPI_Comm comm, const ByteMessage& message, int max_count);
std::unique_ptr<Operation> make_receive(MPI_Comm comm, const ByteMessage& message, int max_count);

}  // namespace plumbline::mpi
