// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/nccl_group.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/util/error.hpp"

#include <functional>
#include <utility>

namespace plumbline::nccl {

namespace {

/// An operation that keeps something alive.
class Keeping final : public Operation {
public:
    Keeping(std::unique_ptr<Operation> inner, std::vector<std::shared_ptr<void>> kept)
        : kept_(std::move(kept)), inner_(std::move(inner))
    {
    }
    void start() override { inner_->start(); }
    void finish() override { inner_->finish(); }
    const DeviceTimer* device_timer() const override { return inner_->device_timer(); }

private:
    std::vector<std::shared_ptr<void>> kept_;
    std::unique_ptr<Operation> inner_;
};

device::GroupSetup common_part(const GroupSetup& setup)
{
    return {.libraries = setup.libraries,
            .device = setup.device,
            .timing = setup.settings.timing,
            .compute = setup.compute};
}

}  // namespace

NcclGroup::NcclGroup(const GroupSetup& setup, Communicator& members)
    : DeviceGroup(common_part(setup), members), setup_(setup), found_(setup.libraries.runtime(), sizeof(std::uint64_t))
{
    open_algebra();
}

NcclGroup::NcclGroup(const GroupSetup& setup, Communicator& members, std::shared_ptr<device::Comm> comm)
    : DeviceGroup(common_part(setup), members, std::move(comm)),
      setup_(setup),
      found_(setup.libraries.runtime(), sizeof(std::uint64_t))
{
    open_algebra();
}

void NcclGroup::open_algebra()
{
    try {
        algebra_ = std::make_unique<LinearAlgebra>(setup_.vendor, setup_.libraries.collectives.path(),
                                                   compute_lane().stream, setup_.libraries.runtime().place());
    } catch (const ConfigError& error) {
        algebra_missing_ = error.what();
    }
}

std::shared_ptr<void> NcclGroup::registered(Buffer& buffer) const
{
    const auto& own = checked_cast<device::DeviceBuffer>(buffer);
    if (own.data() == nullptr) {
        return nullptr;
    }
    const Collectives& library = setup_.libraries.collectives;
    void* handle = nullptr;
    library.check(library.comm_register(comm()->get(), own.data(), own.size_bytes(), &handle), "ncclCommRegister");
    return {handle, [&library, comm = comm()](void* one) {
                if (comm->get() != nullptr) {
                    library.comm_deregister(comm->get(), one);
                }
            }};
}

std::unique_ptr<Operation> NcclGroup::make_operation(const device::Lane& lane, const char* call,
                                                     std::function<void()> launch)
{
    if (!setup_.settings.graphs) {
        return DeviceGroup::make_operation(lane, call, std::move(launch));
    }
    return std::make_unique<GraphOperation>(setup_.libraries.cuda, lane, call, std::move(launch), to_capture_);
}

std::unique_ptr<Operation> NcclGroup::keep_registered(std::unique_ptr<Operation> operation, Buffer& send,
                                                      Buffer& recv) const
{
    if (!setup_.settings.register_buffers) {
        return operation;
    }
    return std::make_unique<Keeping>(std::move(operation), std::vector{registered(send), registered(recv)});
}

std::unique_ptr<Operation> NcclGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    return keep_registered(DeviceGroup::prepare(call, send, recv), send, recv);
}

std::unique_ptr<Operation> NcclGroup::prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                                    std::size_t length)
{
    return keep_registered(DeviceGroup::prepare_chain(call, pairs, length), *pairs.front().send, *pairs.front().recv);
}

std::optional<std::string> NcclGroup::unsupported_compute(const ComputeCall& call) const
{
    if (call.kind != ComputeKind::gemm) {
        return std::nullopt;
    }
    if (!algebra_) {
        return "compute gemm is not available here: " + algebra_missing_;
    }
    return missing_product(call);
}

std::unique_ptr<Operation> NcclGroup::prepare_compute(const ComputeCall& call)
{
    if (call.kind == ComputeKind::gemm) {
        return make_products(compute_lane(), *algebra_, call);
    }
    return DeviceGroup::prepare_compute(call);
}

std::optional<std::uint64_t> NcclGroup::first_wrong(const CollectiveCall& call, const Buffer& recv,
                                                    std::uint64_t offset)
{
    const auto& own = checked_cast<const device::DeviceBuffer>(recv);
    require_range(offset, buffer_elements(call, rank(), size()).recv * size_of(call.dtype), own.size_bytes());
    return setup_.check->first_wrong(compute_lane(), call, rank(), size(), own.data() + offset, found_);
}

void NcclGroup::connect()
{
    DeviceGroup::connect();
    for (GraphOperation* operation : std::exchange(*to_capture_, {})) {
        operation->capture();
    }
}

}  // namespace plumbline::nccl
