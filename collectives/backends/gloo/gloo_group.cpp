// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/gloo_group.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/backends/gloo/guarded.hpp"
#include "collectives/backends/gloo/message_operation.hpp"
#include "collectives/backends/host/host_memory.hpp"

#include <gloo/barrier.h>

#include <utility>

namespace plumbline::gloo_backend {

namespace {

Transfer transfer_of(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    return {.data = checked_cast<HostBuffer>(buffer).data(), .bytes = bytes, .peer = peer, .slot = slot_of_tag(tag)};
}

}  // namespace

GlooGroup::GlooGroup(std::shared_ptr<::gloo::Context> context, const Settings& settings, int ranks_on_host,
                     const HostCompute& compute)
    : Group(context->rank, context->size),
      at_{.context = std::move(context), .settings = settings, .self = self_},
      ranks_on_host_(ranks_on_host),
      compute_(compute)
{
}

std::optional<std::string> GlooGroup::unsupported_reason(const CollectiveCall& call) const
{
    if (auto why = invalid_call_reason(call, size())) {
        return why;
    }
    if (auto why = missing_call_form(call)) {
        return why;
    }
    return missing_form(call, size(), at_.settings);
}

std::unique_ptr<Buffer> GlooGroup::allocate(std::uint64_t bytes, MemoryUse /*use*/)
{
    return std::make_unique<HostBuffer>(bytes, at_.settings.placement);
}

std::uint64_t GlooGroup::available_bytes(MemoryUse /*use*/) const
{
    return available_host_bytes() / 5 * 4 / static_cast<std::uint64_t>(ranks_on_host_);
}

std::unique_ptr<Operation> GlooGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    require_room(call, rank(), size(), send, recv);
    return make_collective(at_, call, checked_cast<HostBuffer>(send).data(), checked_cast<HostBuffer>(recv).data());
}

std::unique_ptr<Operation> GlooGroup::prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_send(*at_.context, self_, transfer_of(peer, tag, buffer, bytes));
}

std::unique_ptr<Operation> GlooGroup::prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    return make_receive(*at_.context, self_, transfer_of(peer, tag, buffer, bytes));
}

std::unique_ptr<Operation> GlooGroup::prepare_compute(const ComputeCall& call)
{
    return compute_.make(call);
}

void GlooGroup::synchronize()
{
    guarded("gloo::barrier", [this] {
        ::gloo::BarrierOptions options(at_.context);
        ::gloo::barrier(options);
    });
}

}  // namespace plumbline::gloo_backend
