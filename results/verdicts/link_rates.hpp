// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/attainable.hpp"
#include "results/bounds/bound.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/links.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/finding.hpp"

#include <map>
#include <set>
#include <string>

namespace plumbline {

/// Link rates with what they may be at most and at least, each from the interval of the case that told it.
struct LinkEstimate {
    Links estimate;
    Links slowest;
    Links fastest;
    double confidence = 0;  ///< of the interval of each case that goes into a fraction: what is stated is exact
    Sentence why;           ///< not empty: there are no intervals, and why
    /// In which the cases were measured that told the rates; empty where they are stated.
    std::set<int> states_within_nodes;
    std::set<int> states_between_nodes;
};

/// What the point-to-point cases of a run say of its links, with what is stated in `run.links` in their place.
/// Latency: half of the shortest pingpong of its kind (within a node, between nodes). Rate: the best of
///   pingpong of one pair a node: 2S / (t - 2 latency);  bidirectional: pairs of the node * window * S / (t - latency).
/// Cases with pairs of both kinds tell nothing. Where rates were measured, three intervals go into a fraction (latency,
/// rate, time), each at 1 - (1 - confidence of the run) / 3.
LinkEstimate estimate_links(const RunData& run, CaseTimes& times);

/// Of a whole run: by what its measured cases could be done at best, for drawing.
struct IdealTimes {
    Links links;                     ///< that were stated or measured; empty where none is known
    bool intra_node_stated = false;  ///< else the rate was measured in the run itself
    bool inter_node_stated = false;
    std::map<int, double> seconds;  ///< by case id; only where the rates that bound the case are known
    /// By case id: of the algorithm that the library used, where that is recorded, else of the first of
    /// modelled_algorithms() that has a time over these links.
    std::map<int, Attainable> attainable;
    /// By case id, in place of that: the algorithm that the case was faster than, so that it was run by another one.
    std::map<int, Attainable> outdone;
    /// Case ids that took less than the bound beyond its own uncertainty and theirs: measurement errors.
    std::set<int> above_bound;
};
/// Of the point-to-point cases themselves only where no rate was measured: theirs would follow from their own times.
IdealTimes ideal_times(const RunData& run);

/// What a case could take over links with these rates, and what it is a fraction of. `reference_s` nothing:
/// `value.why`. None of a point-to-point case whose links are not stated: the bound would follow from its own time. No
/// interval where the rates are of another state of the machine.
struct Fraction {
    Value value;
    std::optional<double> reference_s;
    Bottleneck limit = Bottleneck::latency;         ///< of fraction_of_ideal()
    AlgorithmKind algorithm = AlgorithmKind::ring;  ///< of fraction_of_attainable()
};
/// ideal_time() / the median.
Fraction fraction_of_ideal(const CaseSummary& c, const LinkEstimate& links, const RunData& run, CaseTimes& times);
/// attainable_time() of what is named / the median.
Fraction fraction_of_attainable(const CaseSummary& c, const AlgorithmReference& of, const LinkEstimate& links,
                                const RunData& run, CaseTimes& times);

}  // namespace plumbline
