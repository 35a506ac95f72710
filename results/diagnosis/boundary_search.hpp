// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/link_deviations.hpp"

#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// A unit that is slow on its own side of a boundary as well.
struct SlowUnit {
    std::size_t unit = 0;
    double effect = 0;  ///< log time relative to the links within both sides
};

/// A set of units whose links to all others are slow.
struct SlowBoundary {
    std::vector<std::size_t> units;  ///< the smaller side
    LinkDirection way = LinkDirection::both;
    Score score;
    double price = 0;  ///< log of the number of sets of this size
    /// The slowest unit that has two partners or more on its own side. Which side it belongs to is unknown.
    std::optional<SlowUnit> slow_unit = {};  // NOLINT(readability-redundant-member-init)
};

/// The set of units whose boundary explains the data best, provided that links are equally fast on both sides of it;
/// units that are slow on their own side too are single slow units and left out. Tries all sets where units are few;
/// else the two sides of the leading eigenvector of the links' doubly centred deviations (a boundary alone is a matrix
/// of rank one), improved unit by unit.
std::optional<SlowBoundary> find_slow_boundary(const LinkDeviations& deviations, std::span<const LinkDirection> ways);

}  // namespace plumbline
