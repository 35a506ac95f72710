// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// How a pair is measured.
enum class LinkTraffic : std::uint8_t {
    one_way,    ///< each direction by itself: a message and an empty answer, timed by the sender
    both_ways,  ///< a message in each direction at once, timed by both
};
/// Who faces whom.
enum class LinkLevel : std::uint8_t {
    rank,  ///< each two ranks
    node,  ///< each two nodes, all ranks of one at once with as many of the other
};
std::string_view name(LinkTraffic traffic);
std::string_view name(LinkLevel level);

/// Pattern `links`: every pair by itself, in rounds of disjoint pairs.
struct PairwiseSpec {
    std::vector<std::uint64_t> bytes;  ///< of a message; a case each
    LinkTraffic traffic = LinkTraffic::one_way;
    LinkLevel level = LinkLevel::rank;
    std::optional<int> peers;  ///< each rank against so many others, drawn by `seed`; nothing: against all
    /// With `peers`: so many of each group of so many nodes (a rack), nodes counted in the order of their first rank,
    /// so that no group and no path between two is left to chance. 0: all nodes are one group.
    int group_nodes = 0;
    std::uint64_t seed = 1;
    int passes = 5;        ///< over all rounds; a budget may end them after the first
    double compute_s = 0;  ///< of a piece of work timed on every rank after each pass; 0: none
    bool operator==(const PairwiseSpec&) const = default;
};

/// Fisher-Yates with the numbers of `seed`: the same on all ranks.
void shuffle(std::vector<int>& values, std::uint64_t seed);

/// Rounds of disjoint pairs in which each two of `players` meet exactly once: players - 1, or `players` where that is
/// odd and one sits out in each. One-factorisation of the complete graph by the circle method (Kirkman 1847).
int matchings(int players);
/// Whom `player` meets in `round`; nothing where it sits out. Its own inverse.
std::optional<int> pairing_partner(int round, int player, int players);
/// Whether `player`, which doesn't sit out, is the one of its pair that leads: it lies on one side of the axis around
/// which the circle's pairs face each other in this round. Successive players none of whom meet each other all lead or
/// all follow, but for the one that meets the last player.
bool pairing_leads(int round, int player, int players);

/// Who faces whom in each round of a links case. Pure: the same on all ranks.
class PairwiseSchedule {
public:
    /// `node_of_rank`: of each rank of the case.
    PairwiseSchedule(const PairwiseSpec& spec, std::span<const int> node_of_rank);
    int rounds() const { return static_cast<int>(rounds_.size()); }
    std::optional<int> partner(int round, int rank) const;
    /// In which of a matching's two samples a rank sends, if it has a partner: 0 who leads, 1 who follows. Ranks of one
    /// node, and those of successive nodes (a leaf), send at once when none of them meet each other, so that what they
    /// share carries all of them. With a message each way at once there is one sample, 0.
    int phase(int round, int rank) const;

private:
    /// Players of one group meet by a pairing of its own; those of two groups, which a pairing of the groups brings
    /// together, by a shift of their places.
    struct Turn {
        int pairing = 0;
        std::optional<int> shift;
    };

    void draw_peers(int peers, std::uint64_t seed);
    std::optional<int> partner_of_player(const Turn& turn, int player) const;

    LinkTraffic traffic_ = LinkTraffic::one_way;
    std::vector<int> node_of_;                  ///< [rank] in the order of their first rank
    std::vector<int> player_of_;                ///< [rank] ranks of a node are successive players, or one
    std::vector<int> place_on_node_;            ///< [rank] 0-based position on its node
    std::vector<std::vector<int>> ranks_of_;    ///< [player]
    std::vector<std::vector<int>> players_of_;  ///< [group] in the order of their places
    std::vector<int> group_of_;                 ///< [player]
    std::vector<int> place_in_group_;           ///< [player]
    std::size_t largest_group_ = 0;
    std::vector<Turn> rounds_;  ///< in the order they are used
};

}  // namespace plumbline
