// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/diagnosis/suspects.hpp"
#include "results/statistics/statistics.hpp"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace plumbline {

/// What of a node is held against the known-good ones.
enum class NodeQuantity : std::uint8_t { both_ways, sending, receiving, compute };

/// One quantity of one rank of a node.
struct NodeEvidence {
    NodeQuantity quantity = NodeQuantity::both_ways;
    int rank = 0;                      ///< of the case
    double slowdown = 1;               ///< time / time of the known-good nodes
    std::optional<Interval> interval;  ///< of the slowdown; nothing where there are too few values
    std::size_t links = 0;             ///< to known-good nodes; 0 for compute
    std::size_t values = 0;            ///< that the interval is over
};

enum class Admission : std::uint8_t {
    joins,         ///< every quantity is within the limit, by its whole interval
    rejected,      ///< one is beyond it, by its whole interval
    undecided,     ///< an interval straddles the limit: measure again, longer
    not_measured,  ///< no link to a known-good node, or not in the run
};
std::string_view name(Admission admission);

struct NodeAdmission {
    std::string host;
    Admission admission = Admission::not_measured;
    bool known_good = false;
    std::optional<NodeEvidence> worst;  ///< that decided; nothing where nothing was measured
};

struct AdmissionRules {
    double limit = 0.05;       ///< a node may be slower than the known-good ones by so much
    double confidence = 0.95;  ///< of each interval
};

struct AdmissionReport {
    std::vector<NodeAdmission> nodes;  ///< candidates in the order of their hosts
    /// Known-good nodes that were themselves beyond the limit beside the others: they were no part of the reference.
    std::vector<NodeAdmission> not_good;
    std::size_t good = 0;  ///< nodes of the reference
    /// The worst of all: rejected (also where a known-good node isn't), not measured, undecided, joins.
    Admission overall = Admission::not_measured;
};

/// Known-good nodes and candidates, by the messages between them. Messages between two candidates, and within a node,
/// are no evidence. Each rank of a candidate is judged both ways together and by direction: the median over its links
/// to known-good nodes, of each link's median, against the median over the links among known-good nodes; and by its
/// compute. A direction rejects, and both ways and compute also decide who joins. Where a rank has fewer than six such
/// links the interval is over their messages. `good`, `candidates`: hosts; all others of `hosts` are candidates where
/// that is empty. `hosts`: [node]. Fewer than two known-good nodes with a link between them leave all not measured.
/// Pure.
AdmissionReport admit(const PairwiseSamples& survey, const std::vector<std::string>& hosts,
                      const std::set<std::string>& good, const std::set<std::string>& candidates,
                      const AdmissionRules& rules = {});

/// "sending +11.8 % [+10.1, +13.0] time over 16 links to known-good nodes".
Sentence evidence_said(const NodeEvidence& evidence);

}  // namespace plumbline
