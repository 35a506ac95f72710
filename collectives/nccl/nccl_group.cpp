#include "collectives/nccl/nccl_group.hpp"

#include "collectives/call_checks.hpp"
#include "collectives/error.hpp"
#include "collectives/nccl/collective_launch.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace plumbline::nccl {

namespace {

constexpr std::uint64_t token_bytes = 64;

/// Collective over members: an id that rank 0 made, on every rank.
CommPlace share_id(const Libraries& libraries, Communicator& members)
{
    CommPlace place{.id = {}, .ranks = members.size(), .rank = members.rank()};
    const Collectives& library = libraries.collectives;
    const bool makes_it = place.rank == 0;
    const abi::Result code = makes_it ? library.get_unique_id(&place.id) : abi::success;
    const abi::Result code_of_maker = broadcast_value(members, code, 0);
    library.check(code_of_maker, "ncclGetUniqueId");
    place.id = broadcast_value(members, place.id, 0);
    return place;
}

/// An operation that keeps something alive.
class Keeping final : public Operation {
public:
    Keeping(std::unique_ptr<Operation> inner, std::vector<std::shared_ptr<void>> kept)
        : kept_(std::move(kept)), inner_(std::move(inner))
    {
    }
    void start() override { inner_->start(); }
    void finish() override { inner_->finish(); }
    std::optional<double> device_seconds() const override { return inner_->device_seconds(); }

private:
    std::vector<std::shared_ptr<void>> kept_;
    std::unique_ptr<Operation> inner_;
};

class Nothing final : public Operation {
public:
    void start() override {}
    void finish() override {}
};

}  // namespace

NcclGroup::NcclGroup(const GroupSetup& setup, Communicator& members)
    : setup_(setup),
      members_(members),
      watch_(setup.libraries, setup.settings.operation_timeout_s),
      comm_(std::make_shared<Comm>(setup.libraries, setup.device, share_id(setup.libraries, members),
                                   setup.settings.init_timeout_s)),
      stream_(setup.libraries.runtime),
      compute_stream_(setup.libraries.runtime),
      routes_(setup.libraries, setup.device, setup.settings.init_timeout_s),
      token_(setup.libraries.runtime, token_bytes)
{
    watch_.add(comm_);
    try {
        algebra_ =
            std::make_unique<LinearAlgebra>(setup.flavour, setup.libraries.collectives.path(), compute_stream_.get());
    } catch (const ConfigError& error) {
        algebra_missing_ = error.what();
    }
}

NcclGroup::~NcclGroup() = default;

Lane NcclGroup::lane(const Stream& stream) const
{
    return {
        .libraries = setup_.libraries, .watch = watch_, .stream = stream.get(), .timed = setup_.settings.device_events};
}

std::optional<std::string> NcclGroup::unsupported_reason(const CollectiveCall& call) const
{
    if (auto why = malformed_call_reason(call, size())) {
        return why;
    }
    return missing_form(call);
}

InPlaceOffsets NcclGroup::in_place_offsets(const CollectiveCall& call) const
{
    // NCCL's reduce-scatter is in place when its output is this rank's own block of the input.
    if (call.collective == Collective::reduce_scatter) {
        return {.input = 0, .output = static_cast<std::uint64_t>(rank()) * call.count};
    }
    return plumbline::in_place_offsets(call, rank(), size());
}

std::unique_ptr<Buffer> NcclGroup::allocate(std::uint64_t bytes)
{
    return std::make_unique<DeviceBuffer>(setup_.libraries.runtime, bytes);
}

std::uint64_t NcclGroup::available_bytes() const
{
    const Runtime& runtime = setup_.libraries.runtime;
    std::size_t free_bytes = 0;
    std::size_t total = 0;
    runtime.check(runtime.mem_get_info(&free_bytes, &total), "cudaMemGetInfo");
    return free_bytes / 5 * 4;
}

std::shared_ptr<void> NcclGroup::registered(const DeviceBuffer& buffer) const
{
    if (!setup_.settings.register_buffers || buffer.data() == nullptr) {
        return nullptr;
    }
    const Collectives& library = setup_.libraries.collectives;
    void* handle = nullptr;
    library.check(library.comm_register(comm_->get(), buffer.data(), buffer.size_bytes(), &handle), "ncclCommRegister");
    return {handle, [&library, comm = comm_](void* one) {
                if (comm->get() != nullptr) {
                    library.comm_deregister(comm->get(), one);
                }
            }};
}

std::unique_ptr<Operation> NcclGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    require_room(call, rank(), size(), send, recv);
    const auto& from = own_buffer<DeviceBuffer>(send);
    const auto& to = own_buffer<DeviceBuffer>(recv);
    const bool nothing_to_move =
        call.count == 0 && call.collective != Collective::barrier && call.collective != Collective::alltoallv;
    if (nothing_to_move) {
        return std::make_unique<Nothing>();
    }
    std::function<void()> launch = make_launch({.library = &setup_.libraries.collectives,
                                                .comm = comm_->get(),
                                                .stream = stream_.get(),
                                                .rank = rank(),
                                                .ranks = size(),
                                                .send = from.data(),
                                                .recv = to.data(),
                                                .token = token_.data()},
                                               call);
    std::unique_ptr<Operation> operation;
    if (setup_.settings.graphs) {
        auto graph = std::make_unique<GraphOperation>(lane(stream_), library_call(call.collective), std::move(launch));
        to_capture_.push_back(graph.get());
        operation = std::move(graph);
    } else {
        operation = on_stream(lane(stream_), library_call(call.collective), std::move(launch));
    }
    std::vector<std::shared_ptr<void>> registrations{registered(from), registered(to)};
    if (registrations[0] || registrations[1]) {
        operation = std::make_unique<Keeping>(std::move(operation), std::move(registrations));
    }
    return operation;
}

std::unique_ptr<Operation> NcclGroup::prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    std::byte* const data = own_buffer<DeviceBuffer>(buffer).data();
    Route& route = routes_.route(rank(), peer);
    const Lane on = lane(*route.stream);
    if (peer == rank()) {
        return on_stream(on, "cudaMemcpyAsync", [&waiting = route.waiting[tag], data] { waiting = data; });
    }
    // NCCL has no tags: messages of a pair arrive in the order in which they are sent.
    return on_stream(
        on, "ncclSend", [&route, data, bytes, stream = on.stream, library = &setup_.libraries.collectives] {
            library->check(library->send(data, bytes, abi::uint8, 1, route.comm->get(), stream), "ncclSend");
        });
}

std::unique_ptr<Operation> NcclGroup::prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    std::byte* const data = own_buffer<DeviceBuffer>(buffer).data();
    Route& route = routes_.route(peer, rank());
    const Lane on = lane(*route.stream);
    if (peer == rank()) {
        return on_stream(
            on, "cudaMemcpyAsync",
            [&waiting = route.waiting[tag], data, bytes, stream = on.stream, runtime = &setup_.libraries.runtime] {
                runtime->check(runtime->memcpy_async(data, waiting, bytes, cuda::device_to_device, stream),
                               "cudaMemcpyAsync");
            });
    }
    return on_stream(
        on, "ncclRecv", [&route, data, bytes, stream = on.stream, library = &setup_.libraries.collectives] {
            library->check(library->recv(data, bytes, abi::uint8, 0, route.comm->get(), stream), "ncclRecv");
        });
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
        return make_products(lane(compute_stream_), *algebra_, call);
    }
    return setup_.compute.make(call);
}

void NcclGroup::connect()
{
    routes_.connect(members_, watch_);
    for (GraphOperation* operation : std::exchange(to_capture_, {})) {
        operation->capture();
    }
}

}  // namespace plumbline::nccl
