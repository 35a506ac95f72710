// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pairwise.hpp"

#include "collectives/util/hash.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

namespace plumbline {
namespace {

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

void shuffle(std::vector<int>& values, std::uint64_t seed)
{
    for (std::size_t left = values.size(); left > 1; --left) {
        std::swap(values[left - 1], values[hashed(seed, left) % left]);
    }
}

std::string_view name(LinkTraffic traffic)
{
    return traffic == LinkTraffic::one_way ? "one_way" : "both_ways";
}

std::string_view name(LinkLevel level)
{
    return level == LinkLevel::rank ? "rank" : "node";
}

int matchings(int players)
{
    return players < 2 ? 0 : players + players % 2 - 1;
}

std::optional<int> pairing_partner(int round, int player, int players)
{
    const int last = matchings(players);  // stays in its place while the others turn
    int partner = round;
    if (player != last) {
        partner = (2 * round - player + last) % last;
        partner = partner == player ? last : partner;
    }
    return partner < players ? std::optional(partner) : std::nullopt;
}

bool pairing_leads(int round, int player, int players)
{
    const int last = matchings(players);  // beside the player before it
    const auto before_axis = [&](int other) { return (other - round + last) % last <= (last - 1) / 2; };
    const bool last_leads = before_axis(last - 1) && last - 1 != round;
    if (player == last) {
        return last_leads;
    }
    return player == round ? !last_leads : before_axis(player);
}

PairwiseSchedule::PairwiseSchedule(const PairwiseSpec& spec, std::span<const int> node_of_rank)
    : traffic_(spec.traffic),
      node_of_(numbered(node_of_rank)),
      player_of_(node_of_rank.size()),
      place_on_node_(node_of_rank.size(), 0)
{
    if (spec.level == LinkLevel::node) {
        player_of_ = node_of_;
    } else {
        std::vector<std::size_t> by_node(node_of_.size());
        std::iota(by_node.begin(), by_node.end(), std::size_t{0});
        std::ranges::stable_sort(by_node, {}, [&](std::size_t rank) { return node_of_[rank]; });
        for (std::size_t player = 0; player < by_node.size(); ++player) {
            player_of_[by_node[player]] = static_cast<int>(player);
        }
    }
    for (std::size_t rank = 0; rank < player_of_.size(); ++rank) {
        const auto player = static_cast<std::size_t>(player_of_[rank]);
        ranks_of_.resize(std::max(ranks_of_.size(), player + 1));
        group_of_.resize(ranks_of_.size());
        place_on_node_[rank] = static_cast<int>(ranks_of_[player].size());
        ranks_of_[player].push_back(static_cast<int>(rank));
        group_of_[player] = spec.peers && spec.group_nodes > 0 ? node_of_[rank] / spec.group_nodes : 0;
    }
    for (std::size_t player = 0; player < group_of_.size(); ++player) {
        const auto group = static_cast<std::size_t>(group_of_[player]);
        players_of_.resize(std::max(players_of_.size(), group + 1));
        players_of_[group].push_back(static_cast<int>(player));
        largest_group_ = std::max(largest_group_, players_of_[group].size());
    }
    const int rounds = matchings(static_cast<int>(largest_group_));
    if (spec.peers && (players_of_.size() > 1 || *spec.peers < rounds)) {
        draw_peers(*spec.peers, spec.seed);
    } else {
        for (int round = 0; round < rounds; ++round) {
            rounds_.push_back({.pairing = round, .shift = {}});
        }
    }
    place_in_group_.resize(group_of_.size());
    for (const auto& players : players_of_) {
        for (std::size_t place = 0; place < players.size(); ++place) {
            place_in_group_[static_cast<std::size_t>(players[place])] = static_cast<int>(place);
        }
    }
}

/// Random places in the pairings, and random turns of them, make random peers.
void PairwiseSchedule::draw_peers(int peers, std::uint64_t seed)
{
    for (std::size_t group = 0; group < players_of_.size(); ++group) {
        shuffle(players_of_[group], hashed(seed, 2 * group));
    }
    const auto some_of = [&](int count, std::uint64_t stream) {
        std::vector<int> drawn(static_cast<std::size_t>(count));
        std::iota(drawn.begin(), drawn.end(), 0);
        shuffle(drawn, hashed(seed, stream));
        drawn.resize(std::min(drawn.size(), static_cast<std::size_t>(peers)));
        return drawn;
    };
    const int largest = static_cast<int>(largest_group_);
    for (const int pairing : some_of(matchings(largest), 1)) {
        rounds_.push_back({.pairing = pairing, .shift = {}});
    }
    for (int pairing = 0; pairing < matchings(static_cast<int>(players_of_.size())); ++pairing) {
        for (const int shift : some_of(largest, 3 + 2 * static_cast<std::uint64_t>(pairing))) {
            rounds_.push_back({.pairing = pairing, .shift = shift});
        }
    }
}

std::optional<int> PairwiseSchedule::partner_of_player(const Turn& turn, int player) const
{
    const int group = group_of_.at(static_cast<std::size_t>(player));
    const int place = place_in_group_.at(static_cast<std::size_t>(player));
    const auto player_at = [&](int of_group, int at) -> std::optional<int> {
        const auto& players = players_of_[static_cast<std::size_t>(of_group)];
        return at < std::ssize(players) ? std::optional(players[static_cast<std::size_t>(at)]) : std::nullopt;
    };
    if (!turn.shift) {
        const auto size = static_cast<int>(players_of_[static_cast<std::size_t>(group)].size());
        const auto other = turn.pairing < matchings(size) ? pairing_partner(turn.pairing, place, size) : std::nullopt;
        return other ? player_at(group, *other) : std::nullopt;
    }
    const auto facing = pairing_partner(turn.pairing, group, static_cast<int>(players_of_.size()));
    if (!facing) {
        return std::nullopt;
    }
    const int places = static_cast<int>(largest_group_);
    const int by = group < *facing ? *turn.shift : places - *turn.shift;
    return player_at(*facing, (place + by) % places);
}

std::optional<int> PairwiseSchedule::partner(int round, int rank) const
{
    const auto me = static_cast<std::size_t>(rank);
    const auto other = partner_of_player(rounds_.at(static_cast<std::size_t>(round)), player_of_.at(me));
    if (!other) {
        return std::nullopt;
    }
    const auto& theirs = ranks_of_[static_cast<std::size_t>(*other)];
    const auto place = static_cast<std::size_t>(place_on_node_[me]);
    return place < theirs.size() ? std::optional(theirs[place]) : std::nullopt;
}

int PairwiseSchedule::phase(int round, int rank) const
{
    if (traffic_ == LinkTraffic::both_ways) {
        return 0;
    }
    const Turn& turn = rounds_.at(static_cast<std::size_t>(round));
    const auto player = static_cast<std::size_t>(player_of_.at(static_cast<std::size_t>(rank)));
    const int group = group_of_[player];
    const auto size = static_cast<int>(players_of_[static_cast<std::size_t>(group)].size());
    const bool leads = turn.shift ? pairing_leads(turn.pairing, group, static_cast<int>(players_of_.size()))
                                  : pairing_leads(turn.pairing, place_in_group_[player], size);
    return leads ? 0 : 1;
}

}  // namespace plumbline
