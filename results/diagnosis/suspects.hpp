// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/case_record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// On which node each rank of a case is.
struct RankNodes {
    RankNodes() = default;
    explicit RankNodes(std::span<const int> node_of_rank);
    int node(int rank) const { return of_rank[static_cast<std::size_t>(rank)]; }
    bool operator==(const RankNodes&) const = default;

    std::vector<int> of_rank;
    bool several = false;  ///< nodes
};

struct LinkMessage {
    int from = 0;  ///< ranks of the case
    int to = 0;
    double seconds = 0;
};

/// The samples of a links case by the stage that took them.
struct PairwiseSamples {
    int ranks = 0;
    RankNodes nodes;
    bool both_ways = false;
    std::uint64_t bytes = 0;
    std::vector<LinkMessage> sweep;
    std::vector<LinkMessage> retest;
    std::vector<LinkMessage> rested;           ///< after a rest of all ranks
    std::vector<LinkMessage> repeated;         ///< each the message of the same place in `rested` again, right after it
    std::uint32_t rest_batch = 1;              ///< executions that a time in `rested` is the mean of
    std::vector<std::vector<double>> compute;  ///< [rank of the case][sample] seconds; empty without compute
};

PairwiseSamples pairwise_samples_of(const CaseRecord& record, const RankNodes& nodes);

/// Where the ranks lie on several nodes, suspects are nodes and the links between them (pairs within a node are no
/// evidence); on one node they are ranks.
enum class SuspectKind : std::uint8_t {
    node,
    rank,  ///< one of several ranks of a node; on one node any rank
    link,
    boundary,  ///< the links between a set of nodes and all others, while those inside are fast
};
enum class LinkDirection : std::uint8_t {
    both,
    out,  ///< sent by the member; from the first member to the second; out of the set
    in,
};
std::string_view name(SuspectKind kind);
std::string_view name(LinkDirection way);

struct Suspect {
    SuspectKind kind = SuspectKind::node;
    std::vector<int> members;  ///< node numbers; ranks of the case where the kind is rank or all is on one node
    bool of_ranks = false;     ///< the members are ranks
    LinkDirection way = LinkDirection::both;
    double slowdown = 1;  ///< time / time of the others, from the sweep
    bool operator==(const Suspect&) const = default;
};

/// Whether a message from one rank to another passes through the suspect.
bool concerns(const Suspect& suspect, int from, int to, const RankNodes& nodes);
/// Whether a message counts at all: one between nodes, or between ranks where there is one node.
bool is_evidence(int from, int to, const RankNodes& nodes);

/// The slow components that would explain the sweep best, in the order in which they were found. Each step takes the
/// set of links that, given a level of its own, lowers the sum of absolute deviations (of log time) most, if that gain
/// outweighs the choice among all such sets; its links then leave the data. Relative to peers: nothing where all are
/// equally slow. Judge suspects by other samples than the sweep's. Pure.
std::vector<Suspect> find_suspects(const PairwiseSamples& survey);

/// Of the slowdowns that are tried, from 1.05 to 2.5: the least at which find_suspects() names each of a few units
/// (nodes where there are several, else ranks) when the times of its messages in these very samples are multiplied by
/// it.
struct DetectionLimit {
    std::optional<double> slowdown;  ///< nothing: none of them is enough for all of these units
};
constexpr double largest_slowdown_tried = 2.5;
/// Nothing where fewer than three units were measured, or so many messages that it would take long (and their scatter
/// hides little). Pure.
std::optional<DetectionLimit> detection_limit(const PairwiseSamples& survey);

}  // namespace plumbline
