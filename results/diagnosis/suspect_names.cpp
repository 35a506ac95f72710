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

std::string SuspectNames::title(const Suspect& suspect) const
{
    std::vector<std::string> members;
    members.reserve(suspect.members.size());
    for (const int member : suspect.members) {
        members.push_back(this->member(member, suspect.of_ranks));
    }
    switch (suspect.kind) {
        case SuspectKind::link:
            if (suspect.way == LinkDirection::both) {
                return fmt::format("link {} - {}", members[0], members[1]);
            }
            return suspect.way == LinkDirection::out ? fmt::format("link {} -> {}", members[0], members[1])
                                                     : fmt::format("link {} -> {}", members[1], members[0]);
        case SuspectKind::boundary: {
            const std::size_t count = members.size();
            if (count > most_hosts_in_a_name) {
                members.resize(most_hosts_in_a_name - 1);
                members.push_back(fmt::format("and {} more", count - members.size()));
            }
            return fmt::format("boundary of {{{}}}", fmt::join(members, ", "));
        }
        case SuspectKind::node:
        case SuspectKind::rank:
            break;
    }
    const std::string what = suspect.kind == SuspectKind::node ? members[0] + " NIC" : members[0] + " link";
    return what + (suspect.way == LinkDirection::both  ? ""
                   : suspect.way == LinkDirection::out ? ", sending"
                                                       : ", receiving");
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
