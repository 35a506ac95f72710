// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/algorithm.hpp"

#include "results/records/identity_parameters.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <iterator>
#include <stdexcept>

namespace plumbline {
namespace {

constexpr std::array algorithms{
    AlgorithmKindInfo{AlgorithmKind::ring, "ring", "a flat ring", "a flat ring's"},
    AlgorithmKindInfo{AlgorithmKind::tree, "tree", "a double binary tree", "a double binary tree's"},
    AlgorithmKindInfo{AlgorithmKind::hierarchical, "hierarchical", "the hierarchical algorithm",
                      "the hierarchical algorithm's"},
    AlgorithmKindInfo{AlgorithmKind::nvls, "nvls", "reduction in the switch of a node (NVLS)", "NVLS's"},
    AlgorithmKindInfo{AlgorithmKind::sharp, "sharp", "reduction in the switches between nodes (SHARP)", "SHARP's"},
    AlgorithmKindInfo{AlgorithmKind::direct, "direct", "direct messages, all at once", "direct messages'"},
    AlgorithmKindInfo{AlgorithmKind::pairwise, "pairwise", "pairwise exchange", "pairwise exchange's"},
    AlgorithmKindInfo{AlgorithmKind::binomial, "binomial", "a binomial tree", "a binomial tree's"},
};

constexpr std::array of_allreduce{AlgorithmKind::ring, AlgorithmKind::tree, AlgorithmKind::hierarchical,
                                  AlgorithmKind::nvls, AlgorithmKind::sharp};
constexpr std::array of_parts{AlgorithmKind::ring, AlgorithmKind::hierarchical, AlgorithmKind::nvls};
constexpr std::array of_whole{AlgorithmKind::ring, AlgorithmKind::binomial};
constexpr std::array of_rooted_parts{AlgorithmKind::direct, AlgorithmKind::binomial};
constexpr std::array of_alltoall{AlgorithmKind::direct, AlgorithmKind::pairwise, AlgorithmKind::hierarchical};
constexpr std::array of_pairs{AlgorithmKind::direct};

/// As the libraries call them, in lower case.
constexpr std::array library_names{
    Named{"ring", AlgorithmKind::ring},          Named{"segmented_ring", AlgorithmKind::ring},
    Named{"chain", AlgorithmKind::ring},         Named{"pipeline", AlgorithmKind::ring},
    Named{"tree", AlgorithmKind::tree},          Named{"nvls", AlgorithmKind::nvls},
    Named{"nvlstree", AlgorithmKind::nvls},      Named{"nvls_tree", AlgorithmKind::nvls},
    Named{"collnet", AlgorithmKind::sharp},      Named{"collnetdirect", AlgorithmKind::sharp},
    Named{"collnetchain", AlgorithmKind::sharp}, Named{"collnet_direct", AlgorithmKind::sharp},
    Named{"linear", AlgorithmKind::direct},      Named{"basic_linear", AlgorithmKind::direct},
    Named{"linear_sync", AlgorithmKind::direct}, Named{"pairwise", AlgorithmKind::pairwise},
    Named{"binomial", AlgorithmKind::binomial},
};

std::optional<AlgorithmKind> parse_algorithm(std::string_view text)
{
    const auto row = std::ranges::find(algorithms, text, &AlgorithmKindInfo::name);
    return row == algorithms.end() ? std::nullopt : std::optional(row->algorithm);
}

}  // namespace

std::span<const AlgorithmKindInfo> all_algorithm_kinds()
{
    return algorithms;
}

const AlgorithmKindInfo& info(AlgorithmKind algorithm)
{
    const auto row = std::ranges::find(algorithms, algorithm, &AlgorithmKindInfo::algorithm);
    if (row == algorithms.end()) {
        throw std::logic_error("an algorithm without a row in the table");
    }
    return *row;
}

std::string_view name(AlgorithmKind algorithm)
{
    return info(algorithm).name;
}

std::span<const AlgorithmKind> modelled_algorithms(Collective collective)
{
    switch (collective) {
        case Collective::allreduce:
            return of_allreduce;
        case Collective::reduce_scatter:
        case Collective::allgather:
            return of_parts;
        case Collective::broadcast:
        case Collective::reduce:
            return of_whole;
        case Collective::gather:
        case Collective::scatter:
            return of_rooted_parts;
        case Collective::alltoall:
            return of_alltoall;
        case Collective::sendrecv:
        case Collective::pingpong:
        case Collective::bidirectional:
            return of_pairs;
        case Collective::alltoallv:
        case Collective::barrier:
            return {};
    }
    throw std::logic_error("a collective of unknown kind");
}

bool has_algorithm(Collective collective, AlgorithmKind algorithm)
{
    return std::ranges::count(modelled_algorithms(collective), algorithm) > 0;
}

std::optional<std::string> lacks_algorithm(Collective collective, AlgorithmKind algorithm)
{
    if (has_algorithm(collective, algorithm)) {
        return std::nullopt;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(modelled_algorithms(collective), std::back_inserter(names),
                           [](AlgorithmKind a) { return name(a); });
    return fmt::format("{} has no algorithm {} ({})", name(collective), name(algorithm),
                       names.empty() ? "none of it is modelled" : fmt::format("it has {}", fmt::join(names, ", ")));
}

std::optional<AlgorithmReference> parse_algorithm_reference(std::string_view text)
{
    using Kind = AlgorithmReference::Kind;
    if (text == "best" || text == "used") {
        return AlgorithmReference{.kind = text == "best" ? Kind::best : Kind::used};
    }
    const std::size_t colon = text.find(':');
    const auto algorithm = parse_algorithm(text.substr(0, colon));
    if (!algorithm) {
        return std::nullopt;
    }
    AlgorithmReference reference{.kind = Kind::named, .algorithm = *algorithm};
    if (colon == std::string_view::npos) {
        return reference;
    }
    const std::string_view number = text.substr(colon + 1);
    int rails = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rails);
    if (algorithm != AlgorithmKind::ring || error != std::errc{} || end != number.data() + number.size() || rails < 1) {
        return std::nullopt;
    }
    reference.rails = rails;
    return reference;
}

std::string text_of(const AlgorithmReference& reference)
{
    if (reference.kind != AlgorithmReference::Kind::named) {
        return reference.kind == AlgorithmReference::Kind::best ? "best" : "used";
    }
    return reference.rails ? fmt::format("{}:{}", name(reference.algorithm), *reference.rails)
                           : std::string(name(reference.algorithm));
}

std::vector<std::string_view> algorithm_reference_names()
{
    std::vector<std::string_view> names{"best", "used"};
    std::ranges::transform(algorithms, std::back_inserter(names), &AlgorithmKindInfo::name);
    return names;
}

std::optional<AlgorithmKind> algorithm_used(const CaseIdentity& what)
{
    auto text = text_parameter(what, "algorithm");
    const auto collective = parse_collective(what.pattern);
    if (!text || !collective) {
        return std::nullopt;
    }
    std::ranges::transform(*text, text->begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto found = find_in(library_names, *text);
    return found && has_algorithm(*collective, *found) ? found : std::nullopt;
}

}  // namespace plumbline
