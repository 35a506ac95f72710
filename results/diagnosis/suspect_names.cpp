// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/suspect_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <cstddef>
#include <vector>

namespace plumbline {

namespace {

constexpr std::size_t most_hosts_in_a_name = 8;

}  // namespace

std::string SuspectNames::member(int member, bool of_ranks) const
{
    if (!of_ranks) {
        return host(member);
    }
    const std::string place = nodes_.several ? fmt::format(" ({})", host(nodes_.node(member))) : "";
    return fmt::format("rank {}{}", world_rank(member), place);
}

Sentence SuspectNames::title(const Suspect& suspect) const
{
    std::vector<std::string> members;
    members.reserve(suspect.members.size());
    for (const int member : suspect.members) {
        members.push_back(this->member(member, suspect.of_ranks));
    }
    const bool both = suspect.way == LinkDirection::both;
    const bool sends = suspect.way == LinkDirection::out;
    switch (suspect.kind) {
        case SuspectKind::link:
            return both    ? say("link {} - {}", members[0], members[1])
                   : sends ? say("link {} -> {}", members[0], members[1])
                           : say("link {} -> {}", members[1], members[0]);
        case SuspectKind::boundary: {
            const std::size_t count = members.size();
            if (count > most_hosts_in_a_name) {
                members.resize(most_hosts_in_a_name - 1);
                members.push_back(fmt::format("and {} more", count - members.size()));
            }
            return say("boundary of {}", fmt::format("{{{}}}", fmt::join(members, ", ")));
        }
        case SuspectKind::rank:
            return both    ? say("{} link", members[0])
                   : sends ? say("{} link, sending", members[0])
                           : say("{} link, receiving", members[0]);
        case SuspectKind::node:
            break;
    }
    return both    ? say("{} NIC", members[0])
           : sends ? say("{} NIC, sending", members[0])
                   : say("{} NIC, receiving", members[0]);
}

int SuspectNames::world_rank(int rank) const
{
    const auto i = static_cast<std::size_t>(rank);
    return i < names_.world_ranks.size() ? names_.world_ranks[i] : rank;
}

std::string SuspectNames::host(int node) const
{
    const auto i = static_cast<std::size_t>(node);
    return i < names_.hosts.size() ? names_.hosts[i] : fmt::format("node {}", node);
}

}  // namespace plumbline
