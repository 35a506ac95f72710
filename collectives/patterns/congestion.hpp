// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pairwise.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// What is watched while others fill the network (GPCNeT's set; Chunduri et al., SC'19).
enum class Victim : std::uint8_t {
    allreduce,  ///< of all victims
    latency,    ///< pairs: a message there, one back
    bandwidth,  ///< pairs: a window of messages in each direction at once
};
/// What the others do meanwhile, again and again.
enum class Aggressor : std::uint8_t {
    incast,     ///< all send to one of them
    alltoall,   ///< each sends to each
    broadcast,  ///< one sends to all
    none,       ///< nothing: the control, whose impact is 1
};
inline constexpr std::array all_victims{Victim::allreduce, Victim::latency, Victim::bandwidth};
inline constexpr std::array all_aggressors{Aggressor::incast, Aggressor::alltoall, Aggressor::broadcast,
                                           Aggressor::none};
std::string_view name(Victim victim);
/// Of the elements that the victims send.
DataType data_type(Victim victim);
std::string_view name(Aggressor aggressor);

/// Pattern `congestion`: victims and aggressors at once, in one launch.
struct CongestionSpec {
    std::vector<std::uint64_t> bytes;  ///< of the victims' message; a case each
    std::vector<Victim> victims;       ///< a case each
    std::vector<Aggressor> aggressors{Aggressor::incast, Aggressor::alltoall, Aggressor::broadcast};  ///< a case each
    std::uint64_t aggressor_bytes = 64 * 1024;  ///< of each message
    double victim_share = 0.2;                  ///< of the nodes or ranks, at least two
    LinkLevel level = LinkLevel::node;          ///< node: whole nodes; rank: those of one node may be either
    int splits = 6;                             ///< in a round: drawn anew, each measured isolated and congested
    std::uint64_t seed = 1;                     ///< of the splits
    bool operator==(const CongestionSpec&) const = default;
};

inline constexpr int bandwidth_window = 8;
/// Two victims, and two aggressors, since one alone communicates nothing.
inline constexpr int least_to_split = 4;

/// Who is what, as ranks of the case in the order of their subgroup. Who faces whom in pairs follows from that order.
struct CongestionSplit {
    std::vector<int> victims;
    std::vector<int> aggressors;  ///< the first is the root of incast and broadcast
    bool operator==(const CongestionSplit&) const = default;
};

/// Split `number` of a case, drawn by seed and number: the same on all ranks. Nodes (level node, where there are
/// several) go whole to one side; ranks are taken node after node in turn, so that a node holds both sides where it
/// can. `node_of_rank`: at least least_to_split nodes or ranks to draw from.
CongestionSplit split_ranks(const CongestionSpec& spec, std::span<const int> node_of_rank, int number);

}  // namespace plumbline
