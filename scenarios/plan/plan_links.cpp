// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/plan_links.hpp"

#include <fmt/format.h>

#include <algorithm>
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

std::string why_impossible(const PairwiseSpec& spec, const CaseIdentity& what)
{
    if (what.ranks == 1) {
        return "links needs a partner (there is 1 rank)";
    }
    if (spec.level == LinkLevel::node && what.nodes == 1) {
        return "links between nodes needs two of them (there is 1 node)";
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
