// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/mpi_group.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/backends/device/memory.hpp"
#include "collectives/backends/host/host_compute.hpp"
#include "collectives/backends/host/host_gemm.hpp"
#include "collectives/backends/host/host_memory.hpp"
#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/check.hpp"
#include "collectives/backends/mpi/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace plumbline::mpi {

namespace {

std::optional<std::string> alltoallv_reason(const CollectiveCall& call, int max_count)
{
    const std::uint64_t most = std::max(call.send_counts.sum(), call.recv_counts.sum());
    if (most > static_cast<std::uint64_t>(max_count)) {
        return fmt::format(
            "alltoallv of {} elements on one rank is not supported (MPI 3 has int displacements, {} at most). Use "
            "fewer bytes or a wider type",
            most, max_count);
    }
    return std::nullopt;
}

}  // namespace

MpiGroup::MpiGroup(const MpiBackend& backend, MPI_Comm comm, std::optional<AlgorithmChoice> choice)
    : Group(rank_in(comm), size_of(comm)),
      backend_(backend),
      at_{.comm = comm, .rank = rank(), .size = size(), .max_count = backend.max_count()},
      choice_(std::move(choice))
{
}

std::optional<std::string> MpiGroup::unsupported_reason(const CollectiveCall& call) const
{
    if (auto why = invalid_call_reason(call, at_.size)) {
        return why;
    }
    if (auto why = missing_call_form(call)) {
        return why;
    }
    if (backend_.memory() != nullptr && info(call.collective).reduces && !backend_.types().reduced_by_mpi(call.dtype)) {
        return fmt::format(
            "reductions of {} are not available on device memory (MPI has no such type, and plumbline reduces it on "
            "the "
            "host). Use another type, or memory: host",
            name(call.dtype));
    }
    if (backend_.memory() != nullptr && call.collective == Collective::reduce_scatter && call.in_place) {
        return "reduce_scatter in place is not available on device memory (Open MPI up to 5.0.9 stages one block of it "
               "and works on all). Use it out of place";
    }
    if (choice_) {
        if (auto why = algorithm_obstacle(*choice_, call, at_.size, backend_.types().reduced_by_mpi(call.dtype))) {
            return why;
        }
    }
    if (call.collective == Collective::alltoallv) {
        return alltoallv_reason(call, at_.max_count);
    }
    return std::nullopt;
}

std::byte* MpiGroup::memory_of(Buffer& buffer) const
{
    return backend_.memory() != nullptr ? checked_cast<device::DeviceBuffer>(buffer).data()
                                        : checked_cast<HostBuffer>(buffer).data();
}

ByteMessage MpiGroup::byte_message(int peer, int tag, Buffer& buffer, std::uint64_t bytes) const
{
    require_bytes(buffer, bytes);
    return {.data = memory_of(buffer), .bytes = bytes, .peer = peer, .tag = tag};
}

std::unique_ptr<Buffer> MpiGroup::allocate(std::uint64_t bytes, MemoryUse /*use*/)
{
    if (backend_.memory() != nullptr) {
        return std::make_unique<device::DeviceBuffer>(backend_.memory()->runtime(), bytes);
    }
    return std::make_unique<HostBuffer>(bytes, backend_.placement());
}

std::uint64_t MpiGroup::available_bytes(MemoryUse /*use*/) const
{
    const std::uint64_t on_host = available_host_bytes() / 5 * 4 / static_cast<std::uint64_t>(backend_.ranks_on_host());
    if (backend_.memory() != nullptr) {
        // The library may stage both buffers of a reduction in the host's memory.
        return std::min(backend_.memory()->runtime().free_bytes() / 5 * 4, on_host);
    }
    return on_host;
}

std::unique_ptr<Operation> MpiGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    require_room(call, at_.rank, at_.size, send, recv);
    use_algorithm(call.collective, choice_);
    return make_collective(at_, backend_.types(), call, memory_of(send), memory_of(recv));
}

std::unique_ptr<Operation> MpiGroup::prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    require_room(call, at_.rank, at_.size, send, recv);
    return make_overlapped(at_, backend_.types(), call, memory_of(send), memory_of(recv));
}

std::unique_ptr<Operation> MpiGroup::prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                                   std::size_t /*length*/)
{
    std::vector<ChainLink> links;
    for (const BufferPair& pair : pairs) {
        require_room(call, at_.rank, at_.size, *pair.send, *pair.recv);
        links.push_back({.send = memory_of(*pair.send), .recv = memory_of(*pair.recv)});
    }
    return make_chain(at_, backend_.types(), call, links);
}

std::unique_ptr<Operation> MpiGroup::prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_send(at_.comm, byte_message(peer, tag, buffer, bytes), at_.max_count);
}

std::unique_ptr<Operation> MpiGroup::prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_receive(at_.comm, byte_message(peer, tag, buffer, bytes), at_.max_count);
}

std::optional<std::string> MpiGroup::unsupported_compute(const ComputeCall& call) const
{
    if (backend_.memory() != nullptr && call.kind == ComputeKind::gemm) {
        return "compute gemm is not available beside device memory (its products would be the host's). Use spin or "
               "sleep, or another backend";
    }
    return backend_.simulated() ? std::nullopt : unsupported_on_host(call);
}

std::unique_ptr<Operation> MpiGroup::prepare_compute(const ComputeCall& call)
{
    if (backend_.simulated()) {
        return make_simulated_compute(call.seconds);
    }
    if (call.kind == ComputeKind::sleep) {
        return make_sleep(call.seconds);
    }
    if (call.kind == ComputeKind::gemm) {
        return make_host_gemm(call);
    }
    return make_compute(call.seconds, backend_.compute_steps_per_s());
}

void MpiGroup::synchronize()
{
    check(MPI_Barrier(at_.comm), "MPI_Barrier");
}

}  // namespace plumbline::mpi
