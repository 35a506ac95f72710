// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/api/collective_queue.hpp"
#include "collectives/api/compute.hpp"
#include "collectives/api/operation.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline {

/// Collectives whose start() returns at once, so that they can go on beside this rank's compute.
class NonblockingCollectives {
public:
    /// As Group::prepare(). Throws BackendError for an operation that has no such form.
    virtual std::unique_ptr<Operation> prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv) = 0;

protected:
    ~NonblockingCollectives() = default;
};

/// Compares data where they lie, in a device's memory.
class DeviceVerifier {
public:
    /// The first element of this rank's output of `call`, which begins at byte `offset` of `recv`, that is another than
    /// payload.hpp expects; nothing where all are right. Throws BackendError.
    virtual std::optional<std::uint64_t> first_wrong(const CollectiveCall& call, const Buffer& recv,
                                                     std::uint64_t offset) = 0;

protected:
    ~DeviceVerifier() = default;
};

/// How a group that may break is watched and given up.
class GroupHealth {
public:
    /// Between operations, outside of what is timed: throws BackendError for an error that the library noted on the
    /// side.
    virtual void check_async_error() = 0;
    /// On the rank's own thread, after an error of an operation: the other ranks, which may wait for it, get one too.
    /// The group is of no use any more.
    virtual void abort_group() noexcept = 0;

protected:
    ~GroupHealth() = default;
};

/// The ranks of one case, joined on the data plane. Must outlive its operations.
class Group {
public:
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    virtual ~Group() = default;
    int rank() const { return rank_; }
    int size() const { return size_; }

    /// Throws std::bad_alloc. Size 0 is allowed.
    virtual std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use = MemoryUse::data) = 0;
    /// What this rank may allocate now without starving the ranks beside it.
    virtual std::uint64_t available_bytes(MemoryUse use = MemoryUse::data) const = 0;
    /// Scratch memory, 0 at first. Throws std::bad_alloc.
    std::unique_ptr<Buffer> allocate_scratch(std::uint64_t bytes)
    {
        auto buffer = allocate(bytes, MemoryUse::scratch);
        buffer->fill(std::byte{0});
        return buffer;
    }

    /// Why `call` can't be run here, one sentence; nothing when it can. The same answer on all ranks.
    virtual std::optional<std::string> unsupported_reason(const CollectiveCall& call) const = 0;
    /// Where input and output of an in-place call lie in its one buffer, as the library wants it.
    virtual InPlaceOffsets in_place_offsets(const CollectiveCall& call) const
    {
        return plumbline::in_place_offsets(call, rank(), size());
    }
    /// Local. `send` and `recv` are the same buffer for an in-place call (see in_place_offsets); for broadcast always
    /// the same. Sizes as buffer_elements() says. The buffers must outlive the operation.
    virtual std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) = 0;

    /// Non-blocking send of the first `bytes` of `buffer`: start() posts it, finish() waits until the buffer is free
    /// again.
    virtual std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) = 0;
    /// Receive: start() posts it, finish() waits for the data.
    virtual std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) = 0;

    /// Why this compute can't be done here, one sentence; nothing when it can.
    virtual std::optional<std::string> unsupported_compute(const ComputeCall& call) const
    {
        if (call.kind == ComputeKind::gemm) {
            return "compute gemm is not available on this backend. Use spin or sleep";
        }
        return std::nullopt;
    }
    /// Synthetic compute: the same amount of work on every rank. All of it is done when finish() returns.
    virtual std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) = 0;

    /// Collective over the group, after the last prepare...() and before the first start(): makes the connections that
    /// need both ends. Throws BackendError, possibly on some ranks alone.
    virtual void connect() {}
    /// Collective over the group: brings the ranks to a common start, outside the timed region.
    virtual void synchronize() = 0;

    /// Told before a case, or a part of one: these world ranks, the group's among them, may communicate at the same
    /// time from the next start of an operation on. Until then a group is taken to be alone. Only a simulated network
    /// has to be told; a real one finds out by itself, and this does nothing.
    virtual void announce_concurrent_ranks(std::span<const int> /*ranks*/) {}

    /// What some libraries have beyond that; each is null where this one has no such thing, and lives with the group.
    virtual NonblockingCollectives* nonblocking_collectives() { return nullptr; }
    virtual CollectiveQueue* collective_queue() { return nullptr; }
    virtual DeviceVerifier* device_verifier() { return nullptr; }
    virtual GroupHealth* health() { return nullptr; }

protected:
    Group(int rank, int size) : rank_(rank), size_(size) {}

private:
    int rank_;
    int size_;
};

/// `call` as it goes on beside this rank's compute: non-blocking where the library can do that, else as
/// Group::prepare(). Throws BackendError.
inline std::unique_ptr<Operation> prepare_overlapped(Group& group, const CollectiveCall& call, Buffer& send,
                                                     Buffer& recv)
{
    NonblockingCollectives* const nonblocking = group.nonblocking_collectives();
    return nonblocking == nullptr ? group.prepare(call, send, recv)
                                  : nonblocking->prepare_nonblocking(call, send, recv);
}

}  // namespace plumbline
