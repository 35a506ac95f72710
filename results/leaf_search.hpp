#pragma once

#include "results/link_evidence.hpp"

#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// Units with a boundary to the others that is slow.
struct Leaf {
    std::vector<std::size_t> units;  ///< the smaller side
    LinkWay way = LinkWay::both;
    Score score;
    double price = 0;  ///< log of the number of sets of this size
};

/// The set of units whose boundary explains most, if inside it all is as well as outside: slow there too, they are
/// single slow units. All sets where units are few; else the two sides of the leading eigenvector of the links' doubly
/// centred deviations (a boundary alone is a matrix of rank one), improved unit by unit.
std::optional<Leaf> find_leaf(const LinkEvidence& evidence, std::span<const LinkWay> ways);

}  // namespace plumbline
