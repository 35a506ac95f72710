// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/group.hpp"
#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/device/message_routes.hpp"
#include "collectives/backends/device/start.hpp"
#include "collectives/backends/device/stream_operation.hpp"
#include "collectives/backends/host/host_compute.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline::device {

/// What all groups of a rank have in common; outlives them.
struct GroupSetup {
    const Libraries& libraries;
    const Device& device;
    const Timing& timing;
    const HostCompute& compute;
};

/// The ranks of one communicator: one stream for its collectives, one for compute, one for each direction of messages.
class DeviceGroup : public Group, private GroupHealth, private CollectiveQueue {
public:
    /// Collective over `members`, which must outlive it. Throws BackendError, possibly on some ranks alone.
    DeviceGroup(const GroupSetup& setup, Communicator& members);
    /// Over a communicator of these ranks that is there already.
    DeviceGroup(const GroupSetup& setup, Communicator& members, std::shared_ptr<Comm> comm);

    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override;
    InPlaceOffsets in_place_offsets(const CollectiveCall& call) const override
    {
        return setup_.libraries.in_place_offsets(call, rank(), size());
    }
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse /*use*/) override
    {
        return std::make_unique<DeviceBuffer>(setup_.libraries.runtime(), bytes);
    }
    std::uint64_t available_bytes(MemoryUse /*use*/) const override
    {
        return setup_.libraries.runtime().free_bytes() / 5 * 4;
    }
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override { return setup_.compute.make(call); }
    void connect() override { routes_.connect(members_, watch_); }
    void synchronize() override { members_.barrier(); }
    GroupHealth* health() override { return this; }
    CollectiveQueue* collective_queue() override { return this; }

protected:
    Lane lane(const Stream& stream);
    Lane compute_lane() { return lane(compute_stream_); }
    const std::shared_ptr<Comm>& comm() const { return comm_; }
    /// A collective whose work `launch` puts on the group's stream.
    virtual std::unique_ptr<Operation> make_operation(const Lane& lane, const char* call, std::function<void()> launch)
    {
        return on_stream(lane, call, std::move(launch));
    }
    /// As a capability of the group: one mark on the stream before the first operation and one after the last.
    std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                             std::size_t length) override;

private:
    /// Whatever can be put on a stream.
    std::optional<std::string> unqueueable_reason(const CollectiveCall& /*call*/) const override { return {}; }
    /// Operations on one stream follow each other.
    std::size_t buffer_pairs(std::size_t /*length*/) const override { return 1; }
    /// What puts `call` on the group's stream; empty where there is nothing to move.
    std::function<void()> launch_of(const CollectiveCall& call, Buffer& send, Buffer& recv) const;

    void check_async_error() override { watch_.check_async(setup_.libraries.names().async_error); }
    void abort_group() noexcept override { watch_.abort_all(); }

    GroupSetup setup_;
    Communicator& members_;
    Watch watch_;
    std::shared_ptr<Comm> comm_;
    Stream stream_;
    Stream compute_stream_;
    MessageRoutes routes_;
    DeviceBuffer token_;
};

}  // namespace plumbline::device
