// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/group.hpp"
#include "collectives/backends/mpi/collective_operation.hpp"
#include "collectives/backends/mpi/message_operation.hpp"
#include "collectives/backends/mpi/mpi_backend.hpp"
#include "collectives/backends/mpi/overlapped_operation.hpp"

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline::mpi {

/// The ranks of one data-plane communicator, which the session owns.
class MpiGroup final : public Group, private NonblockingCollectives, private CollectiveQueue {
public:
    /// `choice`: the algorithm that the communicator was made for.
    MpiGroup(const MpiBackend& backend, MPI_Comm comm, std::optional<AlgorithmChoice> choice = std::nullopt);

    /// Of an alltoallv it judges this rank's counts alone.
    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override;
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use) override;
    /// Four fifths of what the host can give, shared evenly by the world ranks on it, and on a device no more
    /// than of what that can give.
    std::uint64_t available_bytes(MemoryUse use) const override;
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    /// Of the host's memory alone: Open MPI has no non-blocking reductions of device memory.
    NonblockingCollectives* nonblocking_collectives() override { return backend_.memory() == nullptr ? this : nullptr; }
    /// As non-blocking collectives that are outstanding at the same time.
    CollectiveQueue* collective_queue() override { return backend_.memory() == nullptr ? this : nullptr; }
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::optional<std::string> unsupported_compute(const ComputeCall& call) const override;
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override;
    void synchronize() override;

private:
    std::unique_ptr<Operation> prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    /// Of an alltoallv it judges this rank's counts alone.
    std::optional<std::string> unqueueable_reason(const CollectiveCall& call) const override
    {
        return no_nonblocking_form(call, at_.max_count);
    }
    /// Each operation receives into memory of its own: MPI leaves no other choice to what is outstanding.
    std::size_t buffer_pairs(std::size_t length) const override { return length; }
    std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                             std::size_t length) override;
    /// Where a buffer of this group lies.
    std::byte* memory_of(Buffer& buffer) const;
    ByteMessage byte_message(int peer, int tag, Buffer& buffer, std::uint64_t bytes) const;

    const MpiBackend& backend_;
    Endpoint at_;
    std::optional<AlgorithmChoice> choice_;
};

}  // namespace plumbline::mpi
