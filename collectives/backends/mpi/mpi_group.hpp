// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/group.hpp"
#include "collectives/backends/mpi/collective_operation.hpp"
#include "collectives/backends/mpi/message_operation.hpp"
#include "collectives/backends/mpi/mpi_backend.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::mpi {

/// The ranks of one data-plane communicator, which the session owns.
class MpiGroup final : public Group, private NonblockingCollectives {
public:
    MpiGroup(const MpiBackend& backend, MPI_Comm comm);

    /// Of an alltoallv it judges this rank's counts alone.
    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override;
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use) override;
    /// Four fifths of what the host can give, shared evenly by the world ranks on it, and on a device no more
    /// than of what that can give.
    std::uint64_t available_bytes(MemoryUse use) const override;
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    /// Of the host's memory alone: Open MPI has no non-blocking reductions of device memory.
    NonblockingCollectives* nonblocking_collectives() override { return backend_.memory() == nullptr ? this : nullptr; }
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::optional<std::string> unsupported_compute(const ComputeCall& call) const override;
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override;
    void synchronize() override;

private:
    std::unique_ptr<Operation> prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    /// Where a buffer of this group lies.
    std::byte* memory_of(Buffer& buffer) const;
    ByteMessage byte_message(int peer, int tag, Buffer& buffer, std::uint64_t bytes) const;

    const MpiBackend& backend_;
    Endpoint at_;
};

}  // namespace plumbline::mpi
