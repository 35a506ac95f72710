#pragma once

#include "results/diagnosis/link_deviations.hpp"

#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Slow on its own side of a boundary as well.
struct SlowUnit {
    std::size_t unit = 0;
    double effect = 0;  ///< log time against the links of both sides
};

/// Units with a boundary to the others that is slow.
struct SlowBoundary {
    std::vector<std::size_t> units;  ///< the smaller side
    LinkDirection way = LinkDirection::both;
    Score score;
    double price = 0;  ///< log of the number of sets of this size
    /// The slowest of those with two partners or more on their own side; on which side it lies can't be told.
    std::optional<SlowUnit> slow_unit = {};  // NOLINT(readability-redundant-member-init)
};

/// The set of units whose boundary explains most, if inside it all is as well as outside, but for units
/// that are slow on their own side: slow there too, they are single slow units. All sets where units are few; else the
/// two sides of the leading eigenvector of the links' doubly centred deviations (a boundary alone is a matrix of rank
/// one), improved unit by unit.
std::optional<SlowBoundary> find_slow_boundary(const LinkDeviations& evidence, std::span<const LinkDirection> ways);

}  // namespace plumbline
