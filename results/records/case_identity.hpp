// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/util/sentence.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

enum class Placement : std::uint8_t { compact, spread, random };
std::string_view name(Placement placement);
std::optional<Placement> parse_placement(std::string_view text);

/// Everything that makes two cases the same measurement: what was asked for, not what resulted.
struct CaseIdentity {
    std::string pattern;  ///< a collective's name, "pipeline", "data_parallel", "links"
    std::uint64_t bytes =
        0;  ///< as asked for: S of a collective, the message of point to point, activation or gradient of a workload
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;  ///< only of patterns that reduce
    bool in_place = false;
    int root = 0;
    int ranks = 0;
    int nodes = 0;  ///< that hold those ranks
    Placement placement = Placement::compact;
    int subset = 0;  ///< 0-based number of the rank set, of several at this scale
    /// Anything else, name -> value in base units ("microbatches" -> "16", "forward_s" -> "0.0005", "skew" -> "zipf").
    std::map<std::string, std::string> parameters;

    bool operator==(const CaseIdentity&) const = default;
};

/// Whether both are the same measurement apart from scale and rank set (ranks, nodes, subset).
bool same_but_scale(const CaseIdentity& a, const CaseIdentity& b);

/// The same text for all that same_but_scale() calls the same, and another one for others.
std::string family_key(const CaseIdentity& what);

/// "all-to-all, 64 MiB, 4 ranks", the title for people; more of it in case_titles.hpp.
Sentence description(const CaseIdentity& what);
std::string describe(const CaseIdentity& what);  ///< in English

/// The algorithm that the case forces on the library (parameter "algorithm"); nothing where the library chooses, as it
/// does for users. Cases that force one are candidates of a comparison: targets, scaling and guidelines ignore them
/// unless they name the algorithm.
std::optional<AlgorithmChoice> algorithm_of(const CaseIdentity& what);

}  // namespace plumbline
