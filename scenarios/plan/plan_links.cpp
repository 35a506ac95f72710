#include "scenarios/plan/plan_links.hpp"

#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
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

/// The one of `values` with that name.
template <class E, std::size_t N>
E named(const std::array<E, N>& values, std::string_view text)
{
    const auto found = std::find_if(values.begin(), values.end(), [&](E value) { return name(value) == text; });
    if (found == values.end()) {
        throw std::logic_error("a case with a name that nothing has");
    }
    return *found;
}

}  // namespace

std::vector<CaseIdentity> identities(const PairwiseSpec& spec)
{
    CaseIdentity what;
    what.pattern = "links";
    what.dtype = DataType::uint8;
    what.parameters["traffic"] = name(spec.traffic);
    what.parameters["passes"] = std::to_string(spec.passes);
    if (spec.level == LinkLevel::node) {
        what.parameters["level"] = name(spec.level);
    }
    if (spec.peers) {
        what.parameters["peers"] = std::to_string(*spec.peers);
        what.parameters["seed"] = std::to_string(spec.seed);
    }
    if (spec.group_nodes > 0) {
        what.parameters["group_nodes"] = std::to_string(spec.group_nodes);
    }
    if (spec.compute_s > 0) {
        what.parameters["compute_s"] = shortest_number(spec.compute_s);
    }
    std::vector<CaseIdentity> all;
    for (const std::uint64_t bytes : spec.bytes) {
        what.bytes = bytes;
        all.push_back(what);
    }
    return all;
}

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

std::vector<CaseIdentity> identities(const BisectionSpec& spec)
{
    CaseIdentity what;
    what.pattern = "bisect";
    what.dtype = DataType::uint8;
    what.parameters["repetitions"] = std::to_string(spec.repetitions);
    std::vector<CaseIdentity> all;
    for (const std::uint64_t bytes : spec.bytes) {
        what.bytes = bytes;
        all.push_back(what);
    }
    return all;
}

std::string why_impossible(const BisectionSpec&, const CaseIdentity& what)
{
    return what.ranks == 1 ? "bisect needs a ring (there is 1 rank)" : why_too_long(what);
}

std::uint64_t buffer_bytes(const BisectionSpec&, const CaseIdentity& what)
{
    return 2 * what.bytes;
}

std::vector<CaseIdentity> identities(const CongestionSpec& spec)
{
    CaseIdentity what;
    what.pattern = "congestion";
    what.parameters["victims"] = shortest_number(spec.victim_share);
    what.parameters["splits"] = std::to_string(spec.splits);
    what.parameters["seed"] = std::to_string(spec.seed);
    if (spec.level == LinkLevel::rank) {
        what.parameters["level"] = name(spec.level);
    }
    std::vector<CaseIdentity> all;
    for (const Victim victim : spec.victims) {
        what.parameters["victim"] = name(victim);
        what.dtype = victim == Victim::allreduce ? DataType::float32 : DataType::uint8;
        for (const Aggressor aggressor : spec.aggressors) {
            what.parameters["aggressor"] = name(aggressor);
            what.parameters.erase("aggressor_bytes");
            if (aggressor != Aggressor::none) {
                what.parameters["aggressor_bytes"] = std::to_string(spec.aggressor_bytes);
            }
            for (const std::uint64_t bytes : spec.bytes) {
                what.bytes = bytes;
                all.push_back(what);
            }
        }
    }
    return all;
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
    const std::uint64_t victims = 2 * what.bytes * (victim_of(what) == Victim::bandwidth ? bandwidth_window : 1);
    switch (aggressor_of(what)) {
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

Victim victim_of(const CaseIdentity& what)
{
    return named(all_victims, what.parameters.at("victim"));
}

Aggressor aggressor_of(const CaseIdentity& what)
{
    return named(all_aggressors, what.parameters.at("aggressor"));
}

}  // namespace plumbline
