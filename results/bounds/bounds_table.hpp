// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/bounds/attainable.hpp"
#include "results/bounds/bound.hpp"
#include "results/records/links.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Nodes of the same number of ranks, filled one after the other.
struct Shape {
    int nodes = 1;
    int ranks_per_node = 1;
    bool operator==(const Shape&) const = default;
};

/// One operation at one size.
struct BoundsRow {
    Collective collective = Collective::allreduce;
    std::optional<std::uint64_t> bytes;  ///< S; nothing: so large that latency is nothing, times mean nothing then
    double counted_bytes = 0;            ///< S times the bus factor: over a time, a busbw in bytes/s
    Ideal bound;
    std::vector<Attainable> algorithms;
};

/// Rows of every operation that has a bound and a busbw, at each of `sizes`; without sizes one row each, without
/// latency. Ranks: 2 at least. Pure.
std::vector<BoundsRow> bounds_table(const Shape& shape, const Links& links, std::span<const std::uint64_t> sizes);

}  // namespace plumbline
