// SPDX-License-Identifier: Apache-2.0
#include "harness/probes/congestion_groups.hpp"

#include "collectives/api/operation_group.hpp"
#include "collectives/util/error.hpp"

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
        buffers.push_back(group.allocate_scratch(bytes));
        messages.push_back(group.prepare_send(root, tag, *buffers.back(), bytes));
    } else {
        for (int peer = root + 1; peer < group.size(); ++peer) {
            buffers.push_back(group.allocate_scratch(bytes));
            messages.push_back(group.prepare_receive(peer, tag, *buffers.back(), bytes));
        }
    }
    return std::make_unique<OperationGroup>(std::move(messages), std::move(buffers));
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

CongestionGroups team_of(Group& group, CongestionRole role, int world_rank)
{
    CongestionGroups subgroup;
    subgroup.role = role;
    subgroup.group = &group;
    subgroup.world_rank = world_rank;
    return subgroup;
}

/// Collective over the subgroup's group.
void bind(CongestionGroups& subgroup, const Clock& clock, const CollectiveSpec& spec, std::uint64_t bytes,
          DataType dtype)
{
    Group& group = *subgroup.group;
    subgroup.call = std::make_unique<Case>();
    subgroup.call->what.pattern = name(spec.collective);
    subgroup.call->what.bytes = bytes;
    subgroup.call->what.dtype = dtype;
    subgroup.call->what.ranks = group.size();
    const CaseOnRank rank{.group = group, .clock = clock, .c = *subgroup.call, .world_rank = subgroup.world_rank};
    subgroup.bound = std::make_unique<PreparedCase>(rank, spec);
    if (const auto why = subgroup.bound->refusal()) {
        throw BackendError("a side of congestion", 0, *why);
    }
    FirstFailure failure;
    failure.attempt([&] { subgroup.bound->prepare(); });
    failure.attempt([&] { subgroup.bound->connect(); });
    failure.rethrow();
    subgroup.operation = &subgroup.bound->operation();
}

}  // namespace

void CongestionGroups::reset_data()
{
    if (bound) {
        bound->reset_data();
    }
}

std::optional<std::string> CongestionGroups::check_data() const
{
    return bound ? bound->check_data() : std::nullopt;
}

CongestionGroups victims_groups(Group& group, const Clock& clock, const CongestionSpec& spec, int world_rank)
{
    const Victim victim = spec.victims.front();
    CongestionGroups subgroup = team_of(group, CongestionRole::victim, world_rank);
    bind(subgroup, clock, call_of(victim), spec.bytes.front(), data_type(victim));
    return subgroup;
}

CongestionGroups aggressors_groups(Group& group, const Clock& clock, const CongestionSpec& spec, int world_rank)
{
    CongestionGroups subgroup = team_of(group, CongestionRole::aggressor, world_rank);
    switch (spec.aggressors.front()) {
        case Aggressor::incast:
            subgroup.incast = make_incast(group, spec.aggressor_bytes);
            group.connect();
            subgroup.operation = subgroup.incast.get();
            return subgroup;
        case Aggressor::alltoall:
            bind(subgroup, clock, call_of(Collective::alltoall),
                 spec.aggressor_bytes * static_cast<std::uint64_t>(group.size()), DataType::uint8);
            return subgroup;
        case Aggressor::broadcast:
            bind(subgroup, clock, call_of(Collective::broadcast), spec.aggressor_bytes, DataType::uint8);
            return subgroup;
        case Aggressor::none:
            break;
    }
    throw std::logic_error("nobody to be an aggressor");
}

}  // namespace plumbline
