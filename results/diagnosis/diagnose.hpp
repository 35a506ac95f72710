#pragma once

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

enum class CulpritKind : std::uint8_t {
    node,       ///< all that it sends and receives
    direction,  ///< all that it sends, or all that it receives
    link,       ///< between two, whose other links are well
    leaf,       ///< between a set of nodes and the others
    rank,       ///< its compute
    fabric,     ///< every link: slower than the floor that was given
};
std::string_view name(CulpritKind kind);

struct SlowComponent {
    CulpritKind kind = CulpritKind::node;
    std::string name;          ///< "host3 NIC", "link host1 - host4"
    std::vector<int> members;  ///< node numbers, or world ranks where `of_ranks`
    bool of_ranks = false;
    LinkDirection way = LinkDirection::both;
    double slowdown = 1;         ///< time / time of the others
    Interval interval;           ///< of the slowdown, at DiagnoseRules::confidence
    std::size_t slow_pairs = 0;  ///< of the sweep: pairs on the slow side of the middle
    std::size_t pairs = 0;       ///< of the sweep that go through it; for a rank: those it is compared with
    std::size_t samples = 0;     ///< that judged it
    std::size_t control_samples = 0;
    bool confirmed = false;  ///< judged by samples that were taken after it was suspected
    bool by_rings = false;   ///< found by bisection: in both ways at once, which tells no directions, and `pairs` is 0
    bool operator==(const SlowComponent&) const = default;
};

struct DiagnoseRules {
    double confidence = 0.95;                 ///< of the intervals that are printed
    double false_names = 0.01;                ///< chance of any false name in a healthy case
    double least = 1.04;                      ///< a slowdown must be beyond this to be named
    std::optional<double> floor_bytes_per_s;  ///< beside the peers: below it a link is slow whatever the others do
};

/// What nodes (ranks, where all are on one node) have in common, and who is unlike it: a description beside the names,
/// without a chance of error of its own. See fit_peer_criterion().
struct PeerStatement {
    std::string quantity;            ///< "messages" (the medians of its links), "compute"
    PeerCriterion criterion;         ///< its nodes are indices of `names`
    std::vector<std::string> names;  ///< of all nodes
    std::optional<double> of_floor;  ///< messages, where a floor was given: the centre's rate / the floor
    bool operator==(const PeerStatement&) const = default;
};

/// What one case says.
struct Diagnosis {
    std::vector<SlowComponent> findings;  ///< most telling first
    std::size_t cleared = 0;              ///< suspects that fresh samples didn't bear out
    std::vector<PeerStatement> peers;
    std::vector<std::string> notes;  ///< what the data can't tell, one sentence each
    std::size_t group_tests = 0;     ///< of a bisection; of these many `rings` together
    std::size_t rings = 0;
    std::size_t links = 0;  ///< measured, of `possible` ones
    std::size_t possible = 0;
    std::optional<double> median_s;  ///< of the medians of links that nobody suspects
    std::optional<double> spread;    ///< largest of them / smallest - 1
    bool operator==(const Diagnosis&) const = default;
};

/// Names of nodes, and world rank of each rank of the case.
struct Names {
    std::vector<std::string> hosts;
    std::vector<int> world_ranks;
};

/// Pure. Suspects of the sweep are judged by the confirmation's samples, with the chance of a false name shared among
/// them; without such samples by the sweep's own, with the chance shared among all that could have been suspected.
Diagnosis diagnose(const PairwiseSamples& survey, const Names& names, const DiagnoseRules& rules = {});

}  // namespace plumbline
