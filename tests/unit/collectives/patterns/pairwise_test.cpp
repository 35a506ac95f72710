// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pairwise.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

class Pairing : public ::testing::TestWithParam<int> {};

TEST_P(Pairing, lets_each_two_players_meet_exactly_once_in_disjoint_pairs)
{
    const int players = GetParam();
    std::set<std::pair<int, int>> met;
    for (int round = 0; round < matchings(players); ++round) {
        int sitting = 0;
        for (int player = 0; player < players; ++player) {
            const auto partner = pairing_partner(round, player, players);
            if (!partner) {
                ++sitting;
                continue;
            }
            ASSERT_NE(*partner, player);
            EXPECT_EQ(pairing_partner(round, *partner, players), player);
            EXPECT_TRUE(met.emplace(player, *partner).second) << player << " meets " << *partner << " twice";
        }
        EXPECT_EQ(sitting, players % 2);
    }
    EXPECT_EQ(met.size(), static_cast<std::size_t>(players) * static_cast<std::size_t>(players - 1));
}

TEST_P(Pairing, lets_one_of_each_pair_lead)
{
    const int players = GetParam();
    for (int round = 0; round < matchings(players); ++round) {
        for (int player = 0; player < players; ++player) {
            if (const auto partner = pairing_partner(round, player, players)) {
                EXPECT_NE(pairing_leads(round, player, players), pairing_leads(round, *partner, players))
                    << player << " and " << *partner << " in round " << round;
            }
        }
    }
}

TEST_P(Pairing, lets_neighbours_who_don_t_meet_each_other_lead_together_but_for_whom_the_last_player_meets)
{
    const int players = GetParam();
    constexpr int size = 8;
    for (int round = 0; round < matchings(players); ++round) {
        for (int first = 0; first + size <= players; ++first) {
            bool meet = false;
            std::set<bool> lead;
            for (int player = first; player < first + size; ++player) {
                const auto partner = pairing_partner(round, player, players);
                meet = meet || (partner && *partner >= first && *partner < first + size);
                if (partner && player != round) {
                    lead.insert(pairing_leads(round, player, players));
                }
            }
            EXPECT_TRUE(meet || lead.size() == 1) << "from " << first << " in round " << round;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Pairing, ::testing::Values(2, 3, 4, 5, 6, 7, 8, 9, 16, 31, 64, 255, 256));

TEST(Pairing, takes_one_round_less_than_there_are_players_when_they_are_even)
{
    EXPECT_EQ(matchings(0), 0);
    EXPECT_EQ(matchings(1), 0);
    EXPECT_EQ(matchings(2), 1);
    EXPECT_EQ(matchings(8), 7);
    EXPECT_EQ(matchings(7), 7);
    EXPECT_EQ(matchings(256), 255);
}

TEST(PairwiseSchedule, gives_each_rank_so_many_different_peers_as_asked)
{
    PairwiseSpec spec;
    spec.peers = 5;
    const PairwiseSchedule schedule(spec, std::vector<int>(32, 0));
    ASSERT_EQ(schedule.rounds(), 5);
    for (int rank = 0; rank < 32; ++rank) {
        std::set<int> peers;
        for (int round = 0; round < schedule.rounds(); ++round) {
            const int peer = schedule.partner(round, rank).value();
            EXPECT_EQ(schedule.partner(round, peer), rank);
            peers.insert(peer);
        }
        EXPECT_EQ(peers.size(), 5U);
    }
}

/// Of each matching: how many of `members` send to others in each of its two samples.
std::vector<std::pair<int, int>> senders_at_once(const PairwiseSchedule& schedule, const std::set<int>& members)
{
    std::vector<std::pair<int, int>> senders;
    for (int round = 0; round < schedule.rounds(); ++round) {
        std::pair<int, int> at_once{0, 0};
        for (const int rank : members) {
            const auto peer = schedule.partner(round, rank);
            if (peer && !members.contains(*peer)) {
                ++(schedule.phase(round, rank) == 0 ? at_once.first : at_once.second);
            }
        }
        senders.push_back(at_once);
    }
    return senders;
}

TEST(PairwiseSchedule, lets_all_ranks_of_a_node_send_at_once_whatever_their_placement)
{
    std::vector<int> spread;
    for (int rank = 0; rank < 32; ++rank) {
        spread.push_back(rank % 8);
    }
    int all = 0;
    for (const auto& [first, second] : senders_at_once(PairwiseSchedule({}, spread), {3, 11, 19, 27})) {
        all += first == 4 || second == 4 ? 1 : 0;
        EXPECT_TRUE(first + second < 4 || std::abs(first - second) >= 2);
    }
    EXPECT_GE(all, 24) << "of 31 matchings: in at most 5 two of them meet, in 2 one meets the last";
}

TEST(PairwiseSchedule, lets_all_of_a_group_that_faces_another_send_at_once)
{
    PairwiseSpec spec;
    spec.peers = 2;
    spec.group_nodes = 8;
    std::vector<int> nodes(32);
    std::iota(nodes.begin(), nodes.end(), 0);
    int faced = 0;
    for (const auto& [first, second] : senders_at_once(PairwiseSchedule(spec, nodes), {8, 9, 10, 11, 12, 13, 14, 15})) {
        EXPECT_TRUE(first + second == 0 || first == 8 || second == 8);
        faced += first + second > 0 ? 1 : 0;
    }
    EXPECT_EQ(faced, 3 * 2);
}

TEST(PairwiseSchedule, draws_other_peers_with_another_seed)
{
    PairwiseSpec one;
    one.peers = 1;
    PairwiseSpec other = one;
    other.seed = 2;
    const std::vector<int> nodes(64, 0);
    int same = 0;
    for (int rank = 0; rank < 64; ++rank) {
        same +=
            PairwiseSchedule(one, nodes).partner(0, rank) == PairwiseSchedule(other, nodes).partner(0, rank) ? 1 : 0;
    }
    EXPECT_LT(same, 20);
}

TEST(PairwiseSchedule, more_peers_than_there_are_means_all)
{
    PairwiseSpec spec;
    spec.peers = 100;
    EXPECT_EQ(PairwiseSchedule(spec, std::vector<int>(6, 0)).rounds(), 5);
}

TEST(PairwiseSchedule, on_the_level_of_nodes_lets_ranks_in_the_same_place_of_two_nodes_meet)
{
    PairwiseSpec spec;
    spec.level = LinkLevel::node;
    const PairwiseSchedule schedule(spec, std::vector<int>{7, 7, 7, 3, 3});
    ASSERT_EQ(schedule.rounds(), 1);
    EXPECT_EQ(schedule.partner(0, 0), 3);
    EXPECT_EQ(schedule.partner(0, 4), 1);
    EXPECT_EQ(schedule.partner(0, 2), std::nullopt) << "the other node has no third rank";
}

/// Whom each rank of `nodes` faces in all rounds, in rounds that are checked to be of disjoint pairs.
std::vector<std::multiset<int>> all_peers(const PairwiseSchedule& schedule, std::size_t ranks)
{
    std::vector<std::multiset<int>> peers(ranks);
    for (int round = 0; round < schedule.rounds(); ++round) {
        for (std::size_t rank = 0; rank < ranks; ++rank) {
            if (const auto peer = schedule.partner(round, static_cast<int>(rank))) {
                EXPECT_EQ(schedule.partner(round, *peer), static_cast<int>(rank)) << "round " << round;
                peers[rank].insert(*peer);
            }
        }
    }
    return peers;
}

TEST(PairwiseSchedule, gives_each_rank_so_many_different_peers_in_every_group)
{
    PairwiseSpec spec;
    spec.peers = 3;
    spec.group_nodes = 8;
    std::vector<int> nodes(48);
    std::iota(nodes.begin(), nodes.end(), 0);
    const PairwiseSchedule schedule(spec, nodes);
    EXPECT_EQ(schedule.rounds(), 3 + 5 * 3) << "linear in groups, whatever their size";
    for (const auto& peers : all_peers(schedule, 48)) {
        EXPECT_EQ(std::set<int>(peers.begin(), peers.end()).size(), peers.size());
        std::map<int, int> of_group;
        for (const int peer : peers) {
            ++of_group[peer / 8];
        }
        EXPECT_EQ(of_group.size(), 6U);
        for (const auto& [group, count] : of_group) {
            EXPECT_EQ(count, 3) << group;
        }
    }
}

TEST(PairwiseSchedule, of_groups_of_unlike_sizes_lets_nobody_meet_twice)
{
    for (const LinkLevel level : {LinkLevel::rank, LinkLevel::node}) {
        PairwiseSpec spec;
        spec.level = level;
        spec.peers = 2;
        spec.group_nodes = 3;
        std::vector<int> nodes;
        for (int rank = 0; rank < 20; ++rank) {
            nodes.push_back(rank / 2);  // 10 nodes: three groups of three, and one of one
        }
        for (const auto& peers : all_peers(PairwiseSchedule(spec, nodes), nodes.size())) {
            EXPECT_EQ(std::set<int>(peers.begin(), peers.end()).size(), peers.size());
            EXPECT_FALSE(peers.empty());
        }
    }
}

TEST(PairwiseSchedule, a_group_of_all_nodes_is_no_group)
{
    PairwiseSpec spec;
    spec.peers = 2;
    spec.group_nodes = 100;
    EXPECT_EQ(PairwiseSchedule(spec, std::vector<int>{0, 1, 2, 3, 4, 5}).rounds(), 2);
}

TEST(PairwiseSchedule, of_one_rank_has_no_rounds)
{
    EXPECT_EQ(PairwiseSchedule({}, std::vector<int>{0}).rounds(), 0);
}

}  // namespace
}  // namespace plumbline
