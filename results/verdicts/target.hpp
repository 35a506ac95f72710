// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/bounds/algorithm.hpp"
#include "results/records/metric.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace plumbline {

enum class ScaleUnit : std::uint8_t { ranks, nodes };

/// A scale in a target: so many ranks, or the most ranks that lie on so many nodes; or the largest scale measured.
struct ScaleRef {
    std::optional<int> count;  ///< nothing = "all": the largest number planned
    ScaleUnit unit = ScaleUnit::ranks;
    bool operator==(const ScaleRef&) const = default;
};

/// Both ends belong to it; an end that is nothing is open.
struct ByteRange {
    std::optional<std::uint64_t> from, to;
    bool operator==(const ByteRange&) const = default;
};

/// One line of an acceptance: which number of which cases must be where.
struct Target {
    std::string name;
    Metric metric = Metric::weak_efficiency;
    /// Cases that it applies to: key -> value, keys "pattern", "bytes", "dtype", "op", "in_place", "ranks",
    /// "nodes", "placement", or a parameter's name. Values as canonical text (bytes as a plain number). Cases of a
    /// library's algorithm are spoken of where "algorithm" is a key, chained ones where "timing" or "chain" is.
    std::map<std::string, std::string> where;
    std::optional<ScaleRef> base;    ///< relative metrics: default the smallest usable scale
    std::optional<ScaleRef> at;      ///< default: every scale (relative: every one above the base)
    std::optional<double> at_least;  ///< exactly one of the two; in the metric's unit
    std::optional<double> at_most;
    /// fraction_of_attainable: of what. busbw, algbw: what a contract is judged by before it is measured.
    AlgorithmReference algorithm = {};      // NOLINT(readability-redundant-member-init)
    std::optional<double> quantile = {};    // NOLINT(readability-redundant-member-init): of metrics that have one
    std::optional<double> confidence = {};  // NOLINT(readability-redundant-member-init): of a soak's; else the run's
    bool across_fabrics = false;            ///< a base on one node against many is allowed
    /// Not empty: what is asked for, which nothing in this program measures; the rest means nothing then.
    std::string unmeasured = {};          // NOLINT(readability-redundant-member-init)
    std::optional<ByteRange> bytes = {};  // NOLINT(readability-redundant-member-init): of the message, beside `where`
    /// What the target means in its author's words, for those who read the verdict; or empty.
    std::string definition = {};  // NOLINT(readability-redundant-member-init)
    /// The bound is a time and was written as a number alone, which is in seconds.
    bool in_plain_seconds = false;
    bool operator==(const Target&) const = default;
};

}  // namespace plumbline
