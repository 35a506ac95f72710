// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/gloo/connect_members.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/gloo/control_store.hpp"
#include "collectives/backends/gloo/guarded.hpp"
#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <gloo/rendezvous/context.h>
#include <gloo/transport/unbound_buffer.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::gloo_backend {

namespace {

constexpr int most_attempts = 4;
/// A stranger that says nothing is noticed so late; doubled from attempt to attempt.
constexpr std::chrono::milliseconds first_timeout{10'000};
constexpr std::uint64_t slot = 0x706c;  ///< nothing else is on its way yet

struct Greeting {
    std::uint64_t launch = 0;
    std::int64_t rank = 0;
    bool operator==(const Greeting&) const = default;
};

/// Every member to every other. Throws where a pair leads elsewhere.
void greet(::gloo::Context& context, std::uint64_t launch)
{
    Greeting mine{.launch = launch, .rank = context.rank};
    std::vector<Greeting> heard(static_cast<std::size_t>(context.size));
    const auto out = context.createUnboundBuffer(&mine, sizeof mine);
    std::vector<std::unique_ptr<::gloo::transport::UnboundBuffer>> in(heard.size());
    const auto for_each_peer = [&](const auto& act) {
        for (int peer = 0; peer < context.size; ++peer) {
            if (peer != context.rank) {
                act(peer, static_cast<std::size_t>(peer));
            }
        }
    };
    for_each_peer([&](int peer, std::size_t at) {
        in[at] = context.createUnboundBuffer(&heard[at], sizeof heard[at]);
        in[at]->recv(peer, slot);
        out->send(peer, slot);
    });
    for_each_peer([&](int peer, std::size_t at) {
        out->waitSend(context.getTimeout());
        in[at]->waitRecv(context.getTimeout());
        if (heard[at] != Greeting{.launch = launch, .rank = peer}) {
            throw BackendError("gloo pair", 0, fmt::format("somebody else answers in the place of rank {}", peer));
        }
    });
}

std::uint64_t draw()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

/// Collective over members: why `work` failed on one of them; nothing where it did on none.
template <class Work>
std::optional<std::string> failure_of(Communicator& members, const char* call, const Work& work)
{
    std::optional<std::string> why;
    try {
        guarded(call, work);
    } catch (const BackendError& error) {
        why = fmt::format("rank {}: {}", members.world_rank(), error.what());
    }
    return first_error(members, why);
}

}  // namespace

std::shared_ptr<::gloo::Context> connect_members(Communicator& members,
                                                 const std::shared_ptr<::gloo::transport::Device>& device,
                                                 std::chrono::milliseconds timeout)
{
    std::optional<std::string> why;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        const auto context = std::make_shared<::gloo::rendezvous::Context>(members.rank(), members.size());
        const bool last = attempt + 1 == most_attempts;
        context->setTimeout(last ? timeout : std::min(timeout, first_timeout * (1 << attempt)));
        const std::uint64_t launch = broadcast_value(members, members.rank() == 0 ? draw() : std::uint64_t{0}, 0);
        why = failure_of(members, "gloo::rendezvous::Context::connectFullMesh", [&] {
            ControlStore store(members);
            auto shared = device;
            context->connectFullMesh(store, shared);
        });
        if (!why) {
            why = failure_of(members, "gloo::transport::UnboundBuffer::waitRecv", [&] { greet(*context, launch); });
        }
        if (!why) {
            context->setTimeout(timeout);
            return context;
        }
    }
    throw BackendError("gloo::rendezvous::Context::connectFullMesh", 0,
                       fmt::format("{} attempts failed, the last with: {}", most_attempts, *why));
}

}  // namespace plumbline::gloo_backend
