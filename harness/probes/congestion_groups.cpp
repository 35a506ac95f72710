#include "harness/probes/congestion_groups.hpp"

#include "collectives/api/operation_group.hpp"
#include "collectives/util/error.hpp"
#include "scenarios/plan/plan_links.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

namespace plumbline {

namespace {

/// All ranks of a group send to its first at once.
std::unique_ptr<Operation> make_incast(Group& group, std::uint64_t bytes)
{
    constexpr int tag = 3;
    constexpr int root = 0;
    std::vector<std::unique_ptr<Buffer>> buffers;
    std::vector<std::unique_ptr<Operation>> messages;
    if (group.rank() != root) {
        buffers.push_back(group.allocate_unread(bytes));
        messages.push_back(group.prepare_send(root, tag, *buffers.back(), bytes));
    } else {
        for (int peer = root + 1; peer < group.size(); ++peer) {
            buffers.push_back(group.allocate_unread(bytes));
            messages.push_back(group.prepare_receive(peer, tag, *buffers.back(), bytes));
        }
    }
    return std::make_unique<JointOperation>(std::move(messages), std::move(buffers));
}

CollectiveSpec call_of(Collective collective)
{
    CollectiveSpec spec;
    spec.collective = collective;
    return spec;
}

CollectiveSpec call_of(Victim victim)
{
    CollectiveSpec spec;
    spec.pairs = PairLayout::halves;
    switch (victim) {
        case Victim::allreduce:
            spec.collective = Collective::allreduce;
            break;
        case Victim::latency:
            spec.collective = Collective::pingpong;
            break;
        case Victim::bandwidth:
            spec.collective = Collective::bidirectional;
            spec.window = bandwidth_window;
            break;
    }
    return spec;
}

CongestionTeam team_of(Group& group, CongestionRole role, int launch_rank)
{
    CongestionTeam team;
    team.role = role;
    team.group = &group;
    team.launch_rank = launch_rank;
    return team;
}

/// Collective over the team's group.
void bind(CongestionTeam& team, const Clock& clock, const CollectiveSpec& spec, std::uint64_t bytes, DataType dtype)
{
    Group& group = *team.group;
    team.call = std::make_unique<Case>();
    team.call->what.pattern = name(spec.collective);
    team.call->what.bytes = bytes;
    team.call->what.dtype = dtype;
    team.call->what.ranks = group.size();
    team.bound = std::make_unique<BoundCase>(group, clock, spec, *team.call, team.launch_rank);
    if (const auto why = team.bound->refusal()) {
        throw BackendError("a side of congestion", 0, *why);
    }
    FirstFailure failure;
    failure.attempt([&] { team.bound->prepare(); });
    failure.attempt([&] { team.bound->connect(); });
    failure.rethrow();
    team.operation = &team.bound->operation();
}

}  // namespace

void CongestionTeam::reset_data()
{
    if (bound) {
        bound->reset_data();
    }
}

std::optional<std::string> CongestionTeam::check_data() const
{
    return bound ? bound->check_data() : std::nullopt;
}

CongestionTeam victims_team(Group& group, const Clock& clock, const Case& c, int launch_rank)
{
    CongestionTeam team = team_of(group, CongestionRole::victim, launch_rank);
    bind(team, clock, call_of(victim_of(c.what)), c.what.bytes, c.what.dtype);
    return team;
}

CongestionTeam aggressors_team(Group& group, const Clock& clock, const Case& c, int launch_rank,
                               const CongestionSpec& spec)
{
    CongestionTeam team = team_of(group, CongestionRole::aggressor, launch_rank);
    switch (aggressor_of(c.what)) {
        case Aggressor::incast:
            team.incast = make_incast(group, spec.aggressor_bytes);
            group.connect();
            team.operation = team.incast.get();
            return team;
        case Aggressor::alltoall:
            bind(team, clock, call_of(Collective::alltoall),
                 spec.aggressor_bytes * static_cast<std::uint64_t>(group.size()), DataType::uint8);
            return team;
        case Aggressor::broadcast:
            bind(team, clock, call_of(Collective::broadcast), spec.aggressor_bytes, DataType::uint8);
            return team;
        case Aggressor::none:
            break;
    }
    throw std::logic_error("nobody to be an aggressor");
}

}  // namespace plumbline
