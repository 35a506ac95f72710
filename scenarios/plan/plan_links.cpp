// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/plan_links.hpp"

#include "collectives/patterns/pairwise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

namespace plumbline {

namespace {

std::string why_too_long(const CaseIdentity& what)
{
    constexpr std::uint64_t most = std::uint64_t{1} << 40U;
    return what.bytes > most
               ? fmt::format("a message of {} B doesn't fit into any memory (at most 2^40 bytes)", what.bytes)
               : std::string();
}

}  // namespace

namespace {

/// What the case root holds of a links case when it looks for suspects: a time and a peer of each rank in each sample,
/// and twice each message.
double bytes_at_root(const PairwiseSpec& spec, const CaseIdentity& what)
{
    constexpr double bytes_of_entry = 8 + 4 + 16;
    const int players = spec.level == LinkLevel::node ? what.nodes : what.ranks;
    double rounds = matchings(players);
    if (spec.peers) {
        const int groups = spec.group_nodes > 0 ? (what.nodes + spec.group_nodes - 1) / spec.group_nodes : 1;
        const double meetings = groups > 1 ? 1 + matchings(groups) : 1;
        rounds = std::min(rounds, meetings * *spec.peers);
    }
    const int samples_of_matching = spec.traffic == LinkTraffic::one_way ? 2 : 1;
    return bytes_of_entry * rounds * samples_of_matching * (spec.passes + 1) * what.ranks;
}

std::string why_too_many_links(const PairwiseSpec& spec, const CaseIdentity& what)
{
    constexpr double gib = std::uint64_t{1} << 30U;
    constexpr double most_gib = 8;
    const double needed_gib = bytes_at_root(spec, what) / gib;
    return needed_gib <= most_gib
               ? std::string()
               : fmt::format(
                     "the samples of so many links would take {:.0f} GiB on one rank, and at most {:.0f} GiB "
                     "are taken. Set 'peers: 8', 'level: node' or fewer 'passes'",
                     std::ceil(needed_gib), most_gib);
}

}  // namespace

std::string why_impossible(const PairwiseSpec& spec, const CaseIdentity& what)
{
    if (what.ranks == 1) {
        return "links needs a partner (there is 1 rank)";
    }
    if (spec.level == LinkLevel::node && what.nodes == 1) {
        return "links between nodes needs two of them (there is 1 node)";
    }
    if (auto why = why_too_many_links(spec, what); !why.empty()) {
        return why;
    }
    return why_too_long(what);
}

std::uint64_t buffer_bytes(const PairwiseSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

std::string why_impossible(const BisectionSpec&, const CaseIdentity& what)
{
    return what.ranks == 1 ? "bisect needs a ring (there is 1 rank)" : why_too_long(what);
}

std::uint64_t buffer_bytes(const BisectionSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

std::string why_impossible(const CongestionSpec& spec, const CaseIdentity& what)
{
    const bool by_node = spec.level == LinkLevel::node && what.nodes > 1;
    const int there = by_node ? what.nodes : what.ranks;
    if (there < least_to_split) {
        const std::string_view unit = by_node ? "node" : "rank";
        return fmt::format("congestion needs 2 {0}s of victims and 2 of aggressors (there {1} {2} {0}{3}{4})", unit,
                           there == 1 ? "is" : "are", there, there == 1 ? "" : "s",
                           by_node && what.ranks >= least_to_split ? "; level: rank splits within nodes" : "");
    }
    const std::string victims = why_too_long(what);
    CaseIdentity aggressors = what;
    aggressors.bytes = spec.aggressor_bytes;
    return victims.empty() ? why_too_long(aggressors) : victims;
}

/// An upper bound: a rank is on one side alone, and the aggressors are fewer than the ranks.
std::uint64_t buffer_bytes(const CongestionSpec& spec, const CaseIdentity& what)
{
    const auto ranks = static_cast<std::uint64_t>(what.ranks);
    const std::uint64_t victims = 2 * what.bytes * (spec.victims.front() == Victim::bandwidth ? bandwidth_window : 1);
    switch (spec.aggressors.front()) {
        case Aggressor::alltoall:
            return std::max(victims, 2 * spec.aggressor_bytes * ranks);
        case Aggressor::incast:
            return std::max(victims, spec.aggressor_bytes * ranks);
        case Aggressor::broadcast:
            return std::max(victims, spec.aggressor_bytes);
        case Aggressor::none:
            break;
    }
    return victims;
}

}  // namespace plumbline
