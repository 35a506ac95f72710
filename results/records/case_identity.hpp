// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/operations/types.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

enum class Placement : std::uint8_t { compact, spread, random };
std::string_view name(Placement placement);
std::optional<Placement> parse_placement(std::string_view text);

/// Everything that makes two cases the same measurement. What was asked, not what came out.
struct CaseIdentity {
    std::string pattern;      ///< a collective's name, "pipeline", "data_parallel", "links"
    std::uint64_t bytes = 0;  ///< as asked: S of a collective, message of p2p, activation or gradient of a workload
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;  ///< means something for reducing patterns only
    bool in_place = false;
    int root = 0;
    int ranks = 0;
    int nodes = 0;  ///< on which those ranks lie
    Placement placement = Placement::compact;
    int subset = 0;  ///< which of several rank sets of this scale
    /// Anything else, name -> value in base units ("microbatches" -> "16", "forward_s" -> "0.0005", "skew" -> "zipf").
    std::map<std::string, std::string> parameters;

    bool operator==(const CaseIdentity&) const = default;
};

/// The same measurement but for its scale and rank set (ranks, nodes, subset).
bool same_but_scale(const CaseIdentity& a, const CaseIdentity& b);

/// "allreduce float32 sum 64 KiB, 4 ranks": for people.
std::string describe(const CaseIdentity& what);

/// The library's own algorithm that the case is run by (parameter "algorithm"); nothing where the library chooses, as
/// it does for users. Cases with one are there to be chosen from: no target, scaling or guideline applies to them
/// unasked.
std::optional<AlgorithmChoice> algorithm_of(const CaseIdentity& what);

}  // namespace plumbline
