// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/device_group.hpp"
#include "collectives/backends/nccl/graph_operation.hpp"
#include "collectives/backends/nccl/libraries.hpp"
#include "collectives/backends/nccl/linear_algebra.hpp"
#include "collectives/backends/nccl/payload_check.hpp"
#include "collectives/backends/nccl/settings.hpp"
#include "collectives/backends/nccl/vendor.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline::nccl {

/// What all groups of a rank have in common; outlives them.
struct GroupSetup {
    const Vendor& vendor;
    const Libraries& libraries;
    const device::Device& device;
    const Settings& settings;
    const HostCompute& compute;
    const PayloadCheck* check = nullptr;  ///< null where data are compared on the host
};

/// A group of devices with what NCCL and cuBLAS have beyond it: graphs, registered buffers, products.
class NcclGroup final : public device::DeviceGroup, private DeviceVerifier {
public:
    /// Collective over `members`, which must outlive it. Throws BackendError, possibly on some ranks alone.
    NcclGroup(const GroupSetup& setup, Communicator& members);
    /// Over a communicator of these ranks that is there already.
    NcclGroup(const GroupSetup& setup, Communicator& members, std::shared_ptr<device::Comm> comm);

    /// What ncclCommSplit makes others of.
    device::Comm& communicator() const { return *comm(); }

    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override;
    std::optional<std::string> unsupported_compute(const ComputeCall& call) const override;
    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override;
    DeviceVerifier* device_verifier() override { return setup_.check == nullptr ? nullptr : this; }
    void connect() override;

protected:
    std::unique_ptr<Operation> make_operation(const device::Lane& lane, const char* call,
                                              std::function<void()> launch) override;

private:
    std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                             std::size_t length) override;
    std::unique_ptr<Operation> keep_registered(std::unique_ptr<Operation> operation, Buffer& send, Buffer& recv) const;
    std::optional<std::uint64_t> first_wrong(const CollectiveCall& call, const Buffer& recv,
                                             std::uint64_t offset) override;
    void open_algebra();
    /// Keeps a buffer registered with the library as long as an operation uses it; null where it has no memory.
    std::shared_ptr<void> registered(Buffer& buffer) const;

    GroupSetup setup_;
    std::unique_ptr<LinearAlgebra> algebra_;
    std::string algebra_missing_;
    device::DeviceBuffer found_;
    std::shared_ptr<GraphOperation::Waiting> to_capture_ = std::make_shared<GraphOperation::Waiting>();
};

}  // namespace plumbline::nccl
