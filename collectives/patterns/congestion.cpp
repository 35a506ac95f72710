// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/congestion.hpp"

#include "collectives/util/hash.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

namespace plumbline {
namespace {

constexpr std::array<std::string_view, 3> victim_names{"allreduce", "latency", "bandwidth"};
constexpr std::array<std::string_view, 4> aggressor_names{"incast", "alltoall", "broadcast", "none"};

/// Fisher-Yates with the numbers of `seed`.
template <class T>
void shuffle(std::vector<T>& values, std::uint64_t seed)
{
    for (std::size_t left = values.size(); left > 1; --left) {
        std::swap(values[left - 1], values[hashed(seed, left) % left]);
    }
}

/// What is drawn from: the ranks of each node, or ranks alone, taken from the nodes in turn.
std::vector<std::vector<int>> units(LinkLevel level, std::span<const int> node_of_rank, std::uint64_t seed)
{
    std::map<int, std::vector<int>> by_node;
    for (std::size_t rank = 0; rank < node_of_rank.size(); ++rank) {
        by_node[node_of_rank[rank]].push_back(static_cast<int>(rank));
    }
    std::vector<std::vector<int>> nodes;
    for (auto& [node, ranks] : by_node) {
        nodes.push_back(std::move(ranks));
    }
    shuffle(nodes, seed);
    if (level == LinkLevel::node && nodes.size() > 1) {
        return nodes;
    }
    std::vector<std::vector<int>> ranks;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        shuffle(nodes[i], hashed(seed, i));
    }
    for (std::size_t place = 0; ranks.size() < node_of_rank.size(); ++place) {
        for (const auto& node : nodes) {
            if (place < node.size()) {
                ranks.push_back({node[place]});
            }
        }
    }
    return ranks;
}

}  // namespace

std::string_view name(Victim victim)
{
    return victim_names.at(static_cast<std::size_t>(victim));
}

DataType data_type(Victim victim)
{
    return victim == Victim::allreduce ? DataType::float32 : DataType::uint8;
}

std::string_view name(Aggressor aggressor)
{
    return aggressor_names.at(static_cast<std::size_t>(aggressor));
}

CongestionSplit split_ranks(const CongestionSpec& spec, std::span<const int> node_of_rank, int number)
{
    const auto drawn = units(spec.level, node_of_rank, hashed(spec.seed, static_cast<std::uint64_t>(number)));
    if (drawn.size() < least_to_split) {
        throw std::logic_error("too few to split");
    }
    const double wanted = std::round(spec.victim_share * static_cast<double>(drawn.size()));
    const auto victims = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 2, drawn.size() - 2);
    CongestionSplit split;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
        auto& side = i < victims ? split.victims : split.aggressors;
        std::copy(drawn[i].begin(), drawn[i].end(), std::back_inserter(side));
    }
    return split;
}

}  // namespace plumbline
