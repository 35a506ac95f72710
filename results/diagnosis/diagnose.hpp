// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/diagnosis/peer_similarity.hpp"
#include "results/diagnosis/suspects.hpp"
#include "results/statistics/statistics.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

enum class ComponentKind : std::uint8_t {
    node,       ///< everything that a node sends and receives
    direction,  ///< everything that a node sends, or everything that it receives
    link,       ///< one link between two nodes whose other links are fast
    boundary,   ///< the links between a set of nodes and all others; its name is "leaf"
    rank,       ///< the compute of a rank
    fabric,     ///< every link is slower than the given floor
};
std::string_view name(ComponentKind kind);

struct SlowComponent {
    ComponentKind kind = ComponentKind::node;
    Sentence name;             ///< "host3 NIC", "link host1 - host4"
    std::vector<int> members;  ///< node numbers, or world ranks where `of_ranks`
    bool of_ranks = false;
    LinkDirection way = LinkDirection::both;
    double slowdown = 1;         ///< time / time of the others
    Interval interval;           ///< of the slowdown, at DiagnoseRules::confidence
    std::size_t slow_pairs = 0;  ///< pairs of the sweep on the slow side of the middle
    std::size_t pairs = 0;       ///< pairs of the sweep that pass through it; for a rank: ranks it is compared with
    std::size_t samples = 0;     ///< samples of it that it was judged by
    std::size_t control_samples = 0;
    bool confirmed = false;  ///< judged by samples that were taken after it was suspected
    bool by_rings = false;   ///< found by bisection: both directions at once, so no direction is known; `pairs` is 0
    bool operator==(const SlowComponent&) const = default;
};

struct DiagnoseRules {
    double confidence = 0.95;                 ///< of the intervals that are printed
    double false_names = 0.01;                ///< chance of any false name in a healthy case
    double least = 1.04;                      ///< only a slowdown above this is named
    std::optional<double> floor_bytes_per_s;  ///< a link below it is slow whatever its peers do
};

/// How alike the nodes are (ranks, where all are on one node), and which differ: a description, without a chance of
/// error of its own. See fit_peer_criterion().
struct PeerStatement {
    std::string quantity;            ///< "messages" (the medians of its links), "compute"
    PeerCriterion criterion;         ///< its nodes are indices of `names`
    std::vector<std::string> names;  ///< of all nodes
    std::optional<double> of_floor;  ///< messages, where a floor was given: the centre's rate / the floor
    bool operator==(const PeerStatement&) const = default;
};

/// The diagnosis of one case.
struct Diagnosis {
    std::vector<SlowComponent> findings;  ///< those that explain most first
    std::size_t cleared = 0;              ///< suspects that fresh samples didn't confirm
    std::vector<PeerStatement> peers;
    std::vector<std::string> notes;  ///< limits of the data, one sentence each
    std::size_t group_tests = 0;     ///< steps of a bisection, with `rings` in all
    std::size_t rings = 0;
    std::size_t links = 0;  ///< measured, of `possible` ones
    std::size_t possible = 0;
    std::optional<double> median_s;  ///< median over the medians of links that are not suspected
    std::optional<double> spread;    ///< largest of these medians / smallest - 1
    bool operator==(const Diagnosis&) const = default;
};

/// Names of nodes, and world rank of each rank of the case.
struct Names {
    std::vector<std::string> hosts;
    std::vector<int> world_ranks;
};

/// Suspects of the sweep are judged by the retest's samples, which share the chance of a false name among the suspects.
/// Without a retest the sweep's own samples judge, and the chance is shared among all that could have been suspected.
/// Pure.
Diagnosis diagnose(const PairwiseSamples& survey, const Names& names, const DiagnoseRules& rules = {});

}  // namespace plumbline
