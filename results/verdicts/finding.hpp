// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/metric.hpp"
#include "results/statistics/statistics.hpp"
#include "results/verdicts/verdict.hpp"

#include <optional>
#include <string>
#include <vector>

namespace plumbline {

/// A number with where it comes from.
struct Value {
    std::optional<double> estimate;
    std::optional<Interval> interval;
    Sentence why;  ///< when there is no estimate or no interval
};

/// One target on one case.
struct Finding {
    std::string target;
    std::optional<Metric> metric;  ///< nothing: about the run as a whole, not about a number
    Sentence at;                   ///< describe() of the case; what was looked for when there is none
    int case_id = -1;              ///< -1: no case
    int ranks = 0;
    int base_ranks = 0;                ///< 0: not relative
    int base_nodes = 0;                ///< on which those lie
    bool base_in_nodes = false;        ///< the target counts its base in nodes
    int base_case_id = -1;             ///< -1: no case
    std::optional<double> base_value;  ///< absolute, s or bytes/s
    std::string base_unit;             ///< "s" or "B/s"
    Sentence basis;                    ///< what else it is relative to: "ideal 1.2 ms: links between nodes"; or empty
    std::string definition;            ///< the target's, in its author's words; or empty
    std::string bound;                 ///< ">= 0.9"
    std::optional<double> at_least;    ///< the target's, in the metric's unit
    std::optional<double> at_most;
    Value value;
    Verdict verdict = Verdict::not_measured;
    bool on_point_value = false;  ///< judged on an estimate without an interval, because the user allowed it
    Sentence why;  ///< always there unless PASS on an interval: by how much it is missed, what settles or mends it
};

/// What a run itself says of a target that FAILs, beside its findings: a sentence each.
struct Explanation {
    std::string target;
    int case_id = -1;  ///< of its worst finding
    std::vector<Sentence> says;
};

/// What all targets of a run come to.
struct Judgement {
    std::vector<Finding> findings;
    std::vector<Explanation> explanations = {};  ///< NOLINT(readability-redundant-member-init): filled by who explains
    bool on_point_values = false;                ///< some finding is
    std::optional<Verdict> verdict;  ///< the worst of the findings'; nothing without any: measured, not judged
};

}  // namespace plumbline
