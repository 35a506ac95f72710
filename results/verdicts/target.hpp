// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/algorithm.hpp"
#include "results/records/metric.hpp"

#include <map>
#include <optional>
#include <string>

namespace plumbline {

/// Ranks of a scale in a target: a number or the largest scale measured.
struct ScaleRef {
    std::optional<int> ranks;  ///< nothing = "all": the largest number of ranks planned
    bool operator==(const ScaleRef&) const = default;
};

/// One line of an acceptance: which number of which cases must be where.
struct Target {
    std::string name;
    Metric metric = Metric::weak_efficiency;
    /// Cases that it applies to: key -> value, keys "pattern", "bytes", "dtype", "op", "in_place", "ranks",
    /// "placement", or a parameter's name. Values as canonical text (bytes as a plain number). Cases of a library's
    /// algorithm are spoken of where "algorithm" is a key.
    std::map<std::string, std::string> where;
    std::optional<ScaleRef> base_ranks;  ///< relative metrics: default the smallest usable scale
    std::optional<ScaleRef> at_ranks;    ///< default: every scale (relative: every one above the base)
    std::optional<double> at_least;      ///< exactly one of the two; in the metric's unit
    std::optional<double> at_most;
    /// fraction_of_attainable: of what. busbw, algbw: what a contract is judged by before it is measured.
    AlgorithmReference algorithm = {};  // NOLINT(readability-redundant-member-init)
    bool across_fabrics = false;        ///< a base on one node against many is allowed
    /// Not empty: what is asked for, which nothing in this program measures; the rest means nothing then.
    std::string unmeasured = {};  // NOLINT(readability-redundant-member-init)
    bool operator==(const Target&) const = default;
};

}  // namespace plumbline
