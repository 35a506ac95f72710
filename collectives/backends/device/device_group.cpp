// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/device_group.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/util/error.hpp"

#include <cstddef>
#include <functional>
#include <span>
#include <utility>

namespace plumbline::device {

namespace {

constexpr std::uint64_t token_bytes = 64;

/// Collective over members: an id that rank 0 made, on every rank; its failure is an error on every rank.
CommPlace share_id(const Libraries& libraries, Communicator& members)
{
    CommPlace place{.id = {}, .ranks = members.size(), .rank = members.rank()};
    std::optional<BackendError> failure;
    const bool makes_it = place.rank == 0;
    if (makes_it) {
        try {
            place.id = libraries.make_id();
        } catch (const BackendError& error) {
            failure = error;
        }
    }
    place.id = broadcast_text(members, place.id, 0);
    if (failure) {
        throw *failure;
    }
    if (place.id.empty()) {
        throw BackendError(libraries.names().make_id, 0, "it failed on rank 0", FailureOrigin::maybe_elsewhere);
    }
    return place;
}

class Nothing final : public Operation {
public:
    void start() override {}
    void finish() override {}
};

}  // namespace

DeviceGroup::DeviceGroup(const GroupSetup& setup, Communicator& members)
    : DeviceGroup(
          setup, members,
          setup.libraries.join(share_id(setup.libraries, members), setup.device.number, setup.timing.init_timeout_s))
{
}

DeviceGroup::DeviceGroup(const GroupSetup& setup, Communicator& members, std::shared_ptr<Comm> comm)
    : Group(members.rank(), members.size()),
      setup_(setup),
      members_(members),
      watch_(setup.libraries.runtime(), setup.timing.operation_timeout_s),
      comm_(std::move(comm)),
      stream_(setup.libraries.runtime()),
      compute_stream_(setup.libraries.runtime()),
      routes_(setup.libraries, setup.device.number, setup.timing.init_timeout_s),
      token_(setup.libraries.runtime(), token_bytes)
{
    watch_.add(comm_);
}

Lane DeviceGroup::lane(const Stream& stream)
{
    return {.runtime = setup_.libraries.runtime(),
            .watch = watch_,
            .stream = stream.get(),
            .events = setup_.timing.events()};
}

std::optional<std::string> DeviceGroup::unsupported_reason(const CollectiveCall& call) const
{
    if (auto why = invalid_call_reason(call, size())) {
        return why;
    }
    return setup_.libraries.missing_form(call, size());
}

std::function<void()> DeviceGroup::launch_of(const CollectiveCall& call, Buffer& send, Buffer& recv) const
{
    require_room(call, rank(), size(), send, recv);
    const auto& from = checked_cast<DeviceBuffer>(send);
    const auto& to = checked_cast<DeviceBuffer>(recv);
    const bool nothing_to_move =
        call.count == 0 && call.collective != Collective::barrier && call.collective != Collective::alltoallv;
    if (nothing_to_move) {
        return {};
    }
    return setup_.libraries.launch({.comm = comm_->get(),
                                    .stream = stream_.get(),
                                    .rank = rank(),
                                    .ranks = size(),
                                    .send = from.data(),
                                    .recv = to.data(),
                                    .token = token_.data()},
                                   call);
}

std::unique_ptr<Operation> DeviceGroup::prepare(const CollectiveCall& call, Buffer& send, Buffer& recv)
{
    auto launch = launch_of(call, send, recv);
    if (!launch) {
        return std::make_unique<Nothing>();
    }
    return make_operation(lane(stream_), setup_.libraries.call_name(call), std::move(launch));
}

std::unique_ptr<Operation> DeviceGroup::prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                                      std::size_t length)
{
    auto launch = launch_of(call, *pairs.front().send, *pairs.front().recv);
    if (!launch) {
        return std::make_unique<Nothing>();
    }
    return make_operation(lane(stream_), setup_.libraries.call_name(call), [launch = std::move(launch), length] {
        for (std::size_t i = 0; i < length; ++i) {
            launch();
        }
    });
}

std::unique_ptr<Operation> DeviceGroup::prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    std::byte* const data = checked_cast<DeviceBuffer>(buffer).data();
    const Libraries& libraries = setup_.libraries;
    Route& route = routes_.route(rank(), peer);
    const Lane on = lane(*route.stream);
    if (peer == rank()) {
        return on_stream(on, libraries.runtime().names().copy,
                         [&waiting = route.waiting[tag], data] { waiting = data; });
    }
    // The libraries have no tags: messages of a pair arrive in the order in which they are sent.
    return on_stream(on, libraries.names().send, [&libraries, &route, data, bytes, stream = on.stream] {
        libraries.put_send({.comm = route.comm->get(), .stream = stream, .data = data, .bytes = bytes, .peer = 1});
    });
}

std::unique_ptr<Operation> DeviceGroup::prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes)
{
    require_bytes(buffer, bytes);
    std::byte* const data = checked_cast<DeviceBuffer>(buffer).data();
    const Libraries& libraries = setup_.libraries;
    Route& route = routes_.route(peer, rank());
    const Lane on = lane(*route.stream);
    if (peer == rank()) {
        return on_stream(on, libraries.runtime().names().copy,
                         [&libraries, &waiting = route.waiting[tag], data, bytes, stream = on.stream] {
                             libraries.runtime().copy(data, waiting, bytes, stream);
                         });
    }
    return on_stream(on, libraries.names().receive, [&libraries, &route, data, bytes, stream = on.stream] {
        libraries.put_receive({.comm = route.comm->get(), .stream = stream, .data = data, .bytes = bytes, .peer = 0});
    });
}

}  // namespace plumbline::device
