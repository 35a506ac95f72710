// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/device/message_routes.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>

#include <set>
#include <span>
#include <sstream>
#include <string>

namespace plumbline::device {

namespace {

using Ends = std::pair<int, int>;

/// Collective over members: every rank's list on every rank, sorted, each once.
std::set<Ends> union_of(Communicator& members, const std::set<Ends>& mine)
{
    std::string text;
    for (const auto& [from, to] : mine) {
        text += fmt::format("{} {} ", from, to);
    }
    std::string all;
    for (const std::string& one : gather_texts(members, text, 0)) {
        all += one;
    }
    std::istringstream in(broadcast_text(members, all, 0));
    std::set<Ends> ends;
    for (Ends next; in >> next.first >> next.second;) {
        ends.insert(next);
    }
    return ends;
}

}  // namespace

Route& MessageRoutes::route(int from, int to)
{
    Route& route = routes_[{from, to}];
    if (!route.stream) {
        route.stream = std::make_unique<Stream>(libraries_.runtime());
    }
    return route;
}

void MessageRoutes::connect(Communicator& members, Watch& watch)
{
    FirstFailure failure;
    std::set<Ends> missing;
    for (const auto& [ends, route] : routes_) {
        if (!route.comm && ends.first != ends.second) {
            missing.insert(ends);
        }
    }
    for (const Ends& ends : union_of(members, missing)) {
        if (members.rank() == ends.first || members.rank() == ends.second) {
            failure.attempt([&] { connect_one(members, watch, ends.first, ends.second); });
        }
    }
    failure.rethrow();
}

void MessageRoutes::connect_one(Communicator& members, Watch& watch, int from, int to)
{
    CommPlace place{.id = {}, .ranks = 2, .rank = members.rank() == from ? 0 : 1};
    if (members.rank() == from) {
        try {
            place.id = libraries_.make_id();
        } catch (const BackendError&) {
            members.send({}, to);  // or it would wait for ever
            throw;
        }
        members.send(std::as_bytes(std::span(place.id)), to);
    } else {
        const auto bytes = members.receive(from);
        if (bytes.empty()) {
            throw BackendError(libraries_.names().make_id, 0, "the other end of a route has no id for it",
                               FailureOrigin::maybe_elsewhere);
        }
        place.id.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    Route& own = route(from, to);
    own.comm = libraries_.join(place, device_, timeout_s_);
    watch.add(own.comm);
}

}  // namespace plumbline::device
