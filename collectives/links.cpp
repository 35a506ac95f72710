#include "collectives/links.hpp"

#include "collectives/hash.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

namespace plumbline {
namespace {

/// Fisher-Yates with the numbers of `seed`.
void shuffle(std::vector<int>& values, std::uint64_t seed)
{
    for (std::size_t left = values.size(); left > 1; --left) {
        std::swap(values[left - 1], values[hashed(seed, left) % left]);
    }
}

/// Nodes in the order of their first rank -> 0, 1, ...
std::vector<int> numbered(std::span<const int> node_of_rank)
{
    std::map<int, int> number_of;
    std::vector<int> numbers;
    for (const int node : node_of_rank) {
        numbers.push_back(number_of.try_emplace(node, static_cast<int>(number_of.size())).first->second);
    }
    return numbers;
}

}  // namespace

std::string_view name(LinkTraffic traffic)
{
    return traffic == LinkTraffic::one_way ? "one_way" : "both_ways";
}

std::string_view name(LinkLevel level)
{
    return level == LinkLevel::rank ? "rank" : "node";
}

int pairing_rounds(int players)
{
    return players < 2 ? 0 : players + players % 2 - 1;
}

std::optional<int> pairing_partner(int round, int player, int players)
{
    const int last = pairing_rounds(players);  // stays in its place while the others turn
    int partner = round;
    if (player != last) {
        partner = (2 * round - player + last) % last;
        partner = partner == player ? last : partner;
    }
    return partner < players ? std::optional(partner) : std::nullopt;
}

LinkSchedule::LinkSchedule(const LinksSpec& spec, std::span<const int> node_of_rank)
    : level_(spec.level), player_of_(node_of_rank.size()), place_on_node_(node_of_rank.size(), 0)
{
    std::iota(player_of_.begin(), player_of_.end(), 0);
    if (level_ == LinkLevel::node) {
        player_of_ = numbered(node_of_rank);
    }
    const int players = player_of_.empty() ? 0 : *std::max_element(player_of_.begin(), player_of_.end()) + 1;
    rounds_.resize(static_cast<std::size_t>(pairing_rounds(players)));
    std::iota(rounds_.begin(), rounds_.end(), 0);
    if (spec.peers && *spec.peers < std::ssize(rounds_)) {
        // Random places in the pairing, and random rounds of it, make random peers.
        std::vector<int> places(static_cast<std::size_t>(players));
        std::iota(places.begin(), places.end(), 0);
        shuffle(places, hashed(spec.seed, 0));
        for (int& player : player_of_) {
            player = places[static_cast<std::size_t>(player)];
        }
        shuffle(rounds_, hashed(spec.seed, 1));
        rounds_.resize(static_cast<std::size_t>(*spec.peers));
    }
    ranks_of_.resize(static_cast<std::size_t>(players));
    for (std::size_t rank = 0; rank < player_of_.size(); ++rank) {
        auto& ranks = ranks_of_[static_cast<std::size_t>(player_of_[rank])];
        place_on_node_[rank] = static_cast<int>(ranks.size());
        ranks.push_back(static_cast<int>(rank));
    }
}

std::optional<int> LinkSchedule::partner(int round, int rank) const
{
    const auto me = static_cast<std::size_t>(rank);
    const auto other = pairing_partner(rounds_.at(static_cast<std::size_t>(round)), player_of_.at(me),
                                       static_cast<int>(ranks_of_.size()));
    if (!other) {
        return std::nullopt;
    }
    const auto& theirs = ranks_of_[static_cast<std::size_t>(*other)];
    const auto place = static_cast<std::size_t>(place_on_node_[me]);
    return place < theirs.size() ? std::optional(theirs[place]) : std::nullopt;
}

}  // namespace plumbline
