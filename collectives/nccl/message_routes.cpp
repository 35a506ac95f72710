#include "collectives/nccl/message_routes.hpp"

#include <fmt/format.h>

#include <cstring>
#include <set>
#include <sstream>
#include <string>

namespace plumbline::nccl {

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
        route.stream = std::make_unique<Stream>(libraries_.runtime);
    }
    return route;
}

void MessageRoutes::connect(Communicator& members, Watch& watch)
{
    std::set<Ends> missing;
    for (const auto& [ends, route] : routes_) {
        if (!route.comm && ends.first != ends.second) {
            missing.insert(ends);
        }
    }
    for (const auto& [from, to] : union_of(members, missing)) {
        if (members.rank() == from || members.rank() == to) {
            connect_one(members, watch, from, to);
        }
    }
}

void MessageRoutes::connect_one(Communicator& members, Watch& watch, int from, int to)
{
    CommPlace place{.id = {}, .ranks = 2, .rank = members.rank() == from ? 0 : 1};
    if (members.rank() == from) {
        libraries_.collectives.check(libraries_.collectives.get_unique_id(&place.id), "ncclGetUniqueId");
        members.send(std::as_bytes(std::span(&place.id, 1)), to);
    } else {
        const auto bytes = members.receive(from);
        std::memcpy(&place.id, bytes.data(), sizeof place.id);
    }
    Route& own = route(from, to);
    own.comm = std::make_shared<Comm>(libraries_, device_, place, timeout_s_);
    watch.add(own.comm);
}

}  // namespace plumbline::nccl
