// SPDX-License-Identifier: Apache-2.0
#include "collectives/api/call_checks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace plumbline {

std::optional<std::string> invalid_call_reason(const CollectiveCall& call, int ranks)
{
    const CollectiveInfo& what = info(call.collective);
    if (call.in_place && !what.in_place) {
        return fmt::format("{} has no in-place form (MPI defines none). Use it out of place", what.name);
    }
    if (what.rooted && (call.root < 0 || call.root >= ranks)) {
        return fmt::format("{} can't have root {} (the case has {} ranks). Use a root from 0 to {}", what.name,
                           call.root, ranks, ranks - 1);
    }
    if (what.pairs && ranks < 2) {
        return fmt::format("{} needs a partner (the case has one rank). Use at least 2 ranks", what.name);
    }
    if (call.collective == Collective::alltoallv && call.in_place && call.send_counts != call.recv_counts) {
        return "alltoallv can't run in place here (a rank sends another number of elements than it receives). Use it "
               "out of place";
    }
    return std::nullopt;
}

std::optional<std::string> missing_call_form(const CollectiveCall& call)
{
    if (call.form == CallForm::native) {
        return fmt::format(
            "calls: native is for libraries that {} can be asked of in two ways (NCCL and RCCL). This "
            "one has a single way: leave 'calls' out",
            name(call.collective));
    }
    return std::nullopt;
}

void require_bytes(const Buffer& buffer, std::uint64_t bytes)
{
    if (buffer.size_bytes() < bytes) {
        throw std::logic_error(fmt::format("a buffer of {} bytes where {} are needed", buffer.size_bytes(), bytes));
    }
}

void require_room(const CollectiveCall& call, int rank, int ranks, const Buffer& send, const Buffer& recv)
{
    const BufferElements needed = buffer_elements(call, rank, ranks);
    const std::uint64_t element = size_of(call.dtype);
    if (&send == &recv) {
        require_bytes(recv, std::max(needed.send, needed.recv) * element);
    } else {
        require_bytes(send, needed.send * element);
        require_bytes(recv, needed.recv * element);
    }
}

void require_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size)
{
    if (offset > size || length > size - offset) {
        throw std::out_of_range("access outside of a buffer");
    }
}

}  // namespace plumbline
