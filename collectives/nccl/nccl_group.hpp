#pragma once

#include "collectives/backend.hpp"
#include "collectives/host_compute.hpp"
#include "collectives/nccl/comm.hpp"
#include "collectives/nccl/linear_algebra.hpp"
#include "collectives/nccl/message_routes.hpp"
#include "collectives/nccl/settings.hpp"
#include "collectives/nccl/stream_operation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::nccl {

/// What all groups of a rank have in common; outlives them.
struct GroupSetup {
    const Flavour& flavour;
    const Libraries& libraries;
    const Device& device;
    const Settings& settings;
    const HostCompute& compute;
};

/// The ranks of one communicator, one stream for its collectives, one for compute, one for each direction of messages.
class NcclGroup final : public Group {
public:
    /// Collective over `members`, which must outlive it. Throws BackendError, possibly on some ranks alone.
    NcclGroup(const GroupSetup& setup, Communicator& members);
    ~NcclGroup() override;

    int rank() const override { return members_.rank(); }
    int size() const override { return members_.size(); }
    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override;
    InPlaceOffsets in_place_offsets(const CollectiveCall& call) const override;
    std::unique_ptr<Buffer> allocate(std::uint64_t bytes) override;
    std::uint64_t available_bytes() const override;
    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    std::unique_ptr<Operation> prepare_overlapped(const CollectiveCall& call, Buffer& send, Buffer& recv) override
    {
        return prepare(call, send, recv);
    }
    std::string overlap_method() const override { return "on streams of the device"; }
    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override;
    std::optional<std::string> unsupported_compute(const ComputeCall& call) const override;
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override;
    void connect() override;
    void align() override { members_.barrier(); }
    void abort(const std::string& why) override { watch_.request_abort(why); }
    void check_health() override { watch_.check_async("ncclCommGetAsyncError"); }
    void abandon() noexcept override { watch_.abort_all(); }

private:
    Lane lane(const Stream& stream) const;
    /// Keeps a buffer registered with the library as long as an operation uses it; null when that was not asked for.
    std::shared_ptr<void> registered(const DeviceBuffer& buffer) const;

    GroupSetup setup_;
    Communicator& members_;
    mutable Watch watch_;
    std::shared_ptr<Comm> comm_;
    Stream stream_;
    Stream compute_stream_;
    MessageRoutes routes_;
    DeviceBuffer token_;
    std::unique_ptr<LinearAlgebra> algebra_;
    std::string algebra_missing_;
    std::vector<GraphOperation*> to_capture_;
};

}  // namespace plumbline::nccl
