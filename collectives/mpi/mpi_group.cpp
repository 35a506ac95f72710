#include "collectives/mpi/mpi_group.hpp"

#include "collectives/error.hpp"
#include "collectives/mpi/check.hpp"
#include "collectives/mpi/compute_operation.hpp"
#include "collectives/mpi/host_memory.hpp"
#include "collectives/mpi/message_operation.hpp"
#include "collectives/mpi/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>

namespace plumbline::mpi {

namespace {

HostBuffer& host_buffer(Buffer& buffer)
{
    auto* const host = dynamic_cast<HostBuffer*>(&buffer);
    if (host == nullptr) {
        throw std::logic_error("a buffer that this backend did not allocate");
    }
    return *host;
}

void require_bytes(const Buffer& buffer, std::uint64_t bytes)
{
    if (buffer.size_bytes() < bytes) {
        throw std::logic_error(fmt::format("a buffer of {} bytes where {} are needed", buffer.size_bytes(), bytes));
    }
}

ByteMessage byte_message(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    return {.data = host_buffer(buffer).data(), .bytes = bytes, .peer = peer, .tag = tag};
}

std::uint64_t total(std::span<const std::uint64_t> counts)
{
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::optional<std::string> alltoallv_reason(const CollectiveCall& call, int max_count)
{
    const std::uint64_t most = std::max(total(call.send_counts), total(call.recv_counts));
    if (most > static_cast<std::uint64_t>(max_count)) {
        return fmt::format(
            "alltoallv of {} elements on one rank is not supported (MPI 3 has int displacements, {} at most). Use "
            "fewer bytes or a wider type",
            most, max_count);
    }
    if (call.in_place && call.send_counts != call.recv_counts) {
        return "alltoallv can't run in place here (a rank sends another number of elements than it receives). Use it "
               "out of place";
    }
    return std::nullopt;
}

}  // namespace

MpiGroup::MpiGroup(const MpiBackend& backend, MPI_Comm comm)
    : backend_(backend),
      at_{.comm = comm, .rank = rank_in(comm), .size = size_of(comm), .max_count = backend.max_count()}
{
}

std::optional<std::string> MpiGroup::unsupported_reason(const CollectiveCall& call) const
{
    const CollectiveInfo& what = info(call.collective);
    if (call.in_place && !what.in_place) {
        return fmt::format("{} has no in-place form (MPI defines none). Use it out of place", what.name);
    }
    if (what.rooted && (call.root < 0 || call.root >= at_.size)) {
        return fmt::format("{} can't have root {} (the case has {} ranks). Use a root from 0 to {}", what.name,
                           call.root, at_.size, at_.size - 1);
    }
    if (what.pairs && at_.size < 2) {
        return fmt::format("{} needs a partner (the case has one rank). Use at least 2 ranks", what.name);
    }
    if (call.collective == Collective::alltoallv) {
        return alltoallv_reason(call, at_.max_count);
    }
    return std::nullopt;
}

std::unique_ptr<Buffer> MpiGroup::allocate(std::uint64_t bytes)
{
    return std::make_unique<HostBuffer>(bytes);
}

std::uint64_t MpiGroup::available_bytes() const
{
    return available_host_bytes() / 5 * 4 / static_cast<std::uint64_t>(backend_.ranks_on_host());
}

std::unique_ptr<Operation> MpiGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    const BufferElements needed = buffer_elements(call, at_.rank, at_.size);
    const std::uint64_t element = plumbline::size_of(call.dtype);
    if (&send == &recv) {
        require_bytes(recv, std::max(needed.send, needed.recv) * element);
    } else {
        require_bytes(send, needed.send * element);
        require_bytes(recv, needed.recv * element);
    }
    return make_collective(at_, backend_.types(), call, host_buffer(send).data(), host_buffer(recv).data());
}

std::unique_ptr<Operation> MpiGroup::prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_send(at_.comm, byte_message(peer, tag, buffer, bytes), at_.max_count);
}

std::unique_ptr<Operation> MpiGroup::prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_receive(at_.comm, byte_message(peer, tag, buffer, bytes), at_.max_count);
}

std::unique_ptr<Operation> MpiGroup::prepare_compute(double seconds)
{
    if (backend_.simulated()) {
        return make_simulated_compute(seconds);
    }
    const double steps_per_s = backend_.compute_steps_per_s();
    if (steps_per_s <= 0) {
        throw BackendError("calibrating the compute stand-in", 0, "the clock stands still while a rank computes");
    }
    return make_compute(static_cast<std::uint64_t>(std::llround(seconds * steps_per_s)));
}

void MpiGroup::align()
{
    check(MPI_Barrier(at_.comm), "MPI_Barrier");
}

}  // namespace plumbline::mpi
