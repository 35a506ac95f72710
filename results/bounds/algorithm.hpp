// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/records/case_identity.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// How an operation is carried out, as far as what it attains over given links depends on it.
enum class AlgorithmKind : std::uint8_t {
    ring,          ///< the ranks in a ring, node after node; over all ports of a node, or over some
    tree,          ///< double binary tree between nodes, chains inside
    hierarchical,  ///< phases one after the other: inside nodes, between ranks of the same place in theirs, inside
    nvls,          ///< the switch inside a node reduces and copies; between nodes a double binary tree
    sharp,         ///< the switches between nodes reduce
    direct,        ///< each rank with each other one, all at once
    pairwise,      ///< each rank with one other one at a time, n-1 steps
    binomial,      ///< binomial tree of whole messages: ceil(log2 N) steps between nodes, then ceil(log2 g) inside
};

struct AlgorithmKindInfo {
    AlgorithmKind algorithm;
    std::string_view name;  ///< "ring"
    std::string_view said;  ///< "a flat ring"
    std::string_view of;    ///< "a flat ring's"
};
std::span<const AlgorithmKindInfo> all_algorithm_kinds();
const AlgorithmKindInfo& info(AlgorithmKind algorithm);
std::string_view name(AlgorithmKind algorithm);

/// The algorithms that are modelled of an operation, the one that most libraries take for large messages first. Empty
/// for alltoallv and barrier, of which none is.
std::span<const AlgorithmKind> modelled_algorithms(Collective collective);
bool has_algorithm(Collective collective, AlgorithmKind algorithm);

/// "allreduce has no algorithm pairwise (it has ring, tree, ...)"; nothing where it has it.
std::optional<std::string> lacks_algorithm(Collective collective, AlgorithmKind algorithm);

/// What a value is held against: the text of a target's key `algorithm`.
struct AlgorithmReference {
    enum class Kind : std::uint8_t {
        best,   ///< the fastest one over these links
        used,   ///< the one by which the library ran the case, where that is recorded
        named,  ///< `algorithm`
    };
    Kind kind = Kind::best;
    AlgorithmKind algorithm = AlgorithmKind::ring;
    std::optional<int> rails =
        {};  // NOLINT(readability-redundant-member-init): ring alone; nothing = all ports of a node
    bool operator==(const AlgorithmReference&) const = default;
};
/// "best", "used", "ring", "ring:2" (over 2 of a node's ports), "tree", ...; nothing for any other text.
std::optional<AlgorithmReference> parse_algorithm_reference(std::string_view text);
std::string text_of(const AlgorithmReference& reference);
/// What parse_algorithm_reference() takes, without numbers of rails.
std::vector<std::string_view> algorithm_reference_names();

/// The algorithm by which a case was run, from the library's own name of it in the case's parameter `algorithm` (Open
/// MPI's, NCCL's); nothing where none is recorded, or where none that is modelled has that name.
std::optional<AlgorithmKind> algorithm_used(const CaseIdentity& what);

}  // namespace plumbline
