// SPDX-License-Identifier: Apache-2.0
#include "results/records/machine_state.hpp"

#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/round.hpp"
#include "results/summaries/summarize.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

/// One host, looked at before the first round and after each.
std::vector<SnapshotPair> history(const std::vector<double>& looks)
{
    std::vector<SnapshotPair> rounds;
    for (std::size_t i = 0; i + 1 < looks.size(); ++i) {
        rounds.push_back({.before = {.cache_line_latency_s = {looks[i]}, .l1_copy_s = {}},
                          .after = {.cache_line_latency_s = {looks[i + 1]}, .l1_copy_s = {}}});
    }
    return rounds;
}

HostSnapshot copies(std::vector<double> of_host)
{
    return {.cache_line_latency_s = {}, .l1_copy_s = std::move(of_host)};
}

TEST(MachineState, a_machine_that_stays_the_same_is_in_one_state)
{
    const auto states = find_states(history({70e-9, 42e-9, 75e-9, 61e-9, 48e-9}));
    EXPECT_THAT(states.of_round, Each(0));
    EXPECT_EQ(states.count(), 1U);
    EXPECT_EQ(describe_states(states), "1 machine state seen (a cache line to a neighbour 61.0 ns)");
}

TEST(MachineState, cores_that_drift_apart_and_come_back_are_two_states_and_the_rounds_of_the_change_are_in_none)
{
    const auto states = find_states(history({70e-9, 60e-9, 71e-9, 230e-9, 240e-9, 225e-9, 245e-9, 66e-9}));
    EXPECT_THAT(states.of_round, ElementsAre(0, 0, -1, 1, 1, 1, -1));
    EXPECT_EQ(states.common, 1);
    EXPECT_EQ(states.rounds_in(0), 2U);
    EXPECT_EQ(describe_states(states),
              "2 machine states seen: state 0 in 2 rounds (a cache line to a neighbour 65.0 ns), state 1 in 3 rounds "
              "(235 ns), 2 rounds between states; numbers are of state 1 where a case has rounds in it");
}

TEST(MachineState, state_0_is_the_fastest_even_if_it_comes_last)
{
    EXPECT_THAT(find_states(history({230e-9, 231e-9, 60e-9, 61e-9})).of_round, ElementsAre(1, -1, 0));
}

TEST(MachineState, one_odd_look_among_many_makes_no_state)
{
    const auto states =
        find_states(history({60e-9, 61e-9, 62e-9, 63e-9, 64e-9, 6e-6, 65e-9, 66e-9, 67e-9, 68e-9, 69e-9}));
    EXPECT_EQ(states.count(), 1U);
    EXPECT_THAT(states.of_round, ElementsAre(0, 0, 0, 0, -1, -1, 0, 0, 0, 0));
}

TEST(MachineState, hosts_change_on_their_own)
{
    const auto lines = [](double first, double second) {
        return HostSnapshot{.cache_line_latency_s = {first, second}, .l1_copy_s = {}};
    };
    const std::vector<SnapshotPair> rounds{{.before = lines(1, 10), .after = lines(1, 10)},
                                           {.before = lines(1, 30), .after = lines(1, 30)},
                                           {.before = lines(3, 30), .after = lines(3, 30)},
                                           {.before = lines(3, 30), .after = lines(1, 30)}};
    const auto states = find_states(rounds);
    EXPECT_EQ(states.count(), 3U);
    EXPECT_EQ(states.of_round[0], 0);
    EXPECT_NE(states.of_round[1], states.of_round[2]);
    EXPECT_EQ(states.of_round[3], between_states);
}

TEST(MachineState, a_core_that_is_shared_with_other_work_is_another_state_with_the_same_line)
{
    const HostSnapshot alone{.cache_line_latency_s = {60e-9}, .l1_copy_s = {39e-9}};
    const HostSnapshot shared{.cache_line_latency_s = {59e-9}, .l1_copy_s = {55e-9}};
    const std::vector<SnapshotPair> rounds{{shared, shared}, {shared, alone}, {alone, alone}, {alone, alone}};
    const auto states = find_states(rounds);
    EXPECT_THAT(states.of_round, ElementsAre(1, -1, 0, 0)) << "free cores are the fastest state";
    EXPECT_EQ(describe_states(states),
              "2 machine states seen: state 0 in 2 rounds (a cache line to a neighbour 60.0 ns, a copy within a core "
              "39.0 ns), state 1 in 1 round (59.0 ns, 55.0 ns), 1 round between states; numbers are of state 0 where "
              "a case has rounds in it");
}

TEST(MachineState, a_core_is_contended_from_a_tenth_over_its_hosts_fastest_copy)
{
    const auto states = find_states(std::vector<SnapshotPair>{{copies({10, 20}), copies({10, 20})},
                                                              {copies({10.9, 21.9}), copies({10.9, 21.9})},
                                                              {copies({10, 22.1}), copies({10, 22.1})}});
    EXPECT_THAT(states.of_round, ElementsAre(0, 0, 1));
}

TEST(MachineState, one_host_in_ten_may_be_disturbed_for_a_moment)
{
    const std::vector<double> free(10, 1.0);
    auto one = free;
    auto two = free;
    one[3] = two[3] = two[7] = 2;
    EXPECT_THAT(
        find_states(std::vector<SnapshotPair>{{copies(free), copies(one)}, {copies(one), copies(free)}}).of_round,
        Each(0));
    EXPECT_THAT(
        find_states(std::vector<SnapshotPair>{{copies(free), copies(two)}, {copies(one), copies(one)}}).of_round,
        ElementsAre(-1, 0));
    EXPECT_THAT(
        find_states(std::vector<SnapshotPair>{{copies(free), copies(free)}, {copies(one), copies(one)}}).of_round,
        ElementsAre(0, 1))
        << "one host that stays disturbed slows all";
}

TEST(MachineState, rounds_left_out_do_not_grow_with_the_number_of_hosts)
{
    // In each round another of the hosts is odd for one look, and one is moved from the look before to the look after.
    for (const std::size_t hosts : {20U, 200U}) {
        const HostSnapshot usual{.cache_line_latency_s = std::vector<double>(hosts, 60e-9), .l1_copy_s = {}};
        std::vector<SnapshotPair> rounds(20, {usual, usual});
        for (std::size_t i = 0; i < rounds.size(); ++i) {
            rounds[i].before.cache_line_latency_s[i] = 6e-6 + 1e-6 * static_cast<double>(i);
            rounds[i].after.cache_line_latency_s[(i + 7) % hosts] = 230e-9;
        }
        const auto states = find_states(rounds);
        EXPECT_THAT(states.of_round, Each(0)) << hosts;
        EXPECT_EQ(states.count(), 1U);
        EXPECT_THAT(find_states(rounds, StateRule::any_host).of_round, Each(between_states))
            << "as older files have it";
        auto moved = rounds;
        for (std::size_t host = 0; host <= hosts / 10; ++host) {
            moved[3].after.cache_line_latency_s[host] = 230e-9;
        }
        EXPECT_EQ(find_states(moved).of_round[3], between_states) << "more than one host in ten";
    }
}

TEST(MachineState, no_round_and_rounds_without_probes_are_one_state_that_nobody_mentions)
{
    EXPECT_EQ(find_states({}).count(), 0U);
    const auto states = find_states(std::vector<SnapshotPair>(3));
    EXPECT_THAT(states.of_round, Each(0));
    EXPECT_FALSE(describe_states(find_states({})));
    EXPECT_FALSE(describe_states(states));
}

TEST(MachineState, the_share_lost_to_noise_is_what_the_median_quantum_has_over_the_best)
{
    EXPECT_EQ(noise_share({.rank = 0, .together_best_s = 75, .together_median_s = 100}), 0.25);
    EXPECT_FALSE(noise_share({.rank = 0, .together_best_s = 75}));
}

CaseRecord record_of_rounds(int count)
{
    CaseRecord record;
    for (int i = 0; i < count; ++i) {
        record.rounds.emplace_back().index = i;
    }
    return record;
}

std::vector<int> indices(const CaseRecord& record)
{
    std::vector<int> found;
    for (const Round& round : record.rounds) {
        found.push_back(round.index);
    }
    return found;
}

TEST(InOneState, keeps_the_rounds_of_the_state_that_the_run_has_most_of)
{
    const auto kept = in_one_state(record_of_rounds(4), std::vector{0, 1, -1, 0}, 1);
    EXPECT_THAT(indices(kept), ElementsAre(1));
    EXPECT_EQ(kept.machine_state, 1);
    EXPECT_EQ(kept.left_out, 3U);
}

TEST(InOneState, a_case_that_was_never_in_that_state_keeps_its_own_most_frequent_one)
{
    const auto kept = in_one_state(record_of_rounds(4), std::vector{2, 0, 2, -1}, 1);
    EXPECT_THAT(indices(kept), ElementsAre(0, 2));
    EXPECT_EQ(kept.machine_state, 2);
}

TEST(InOneState, a_case_without_any_steady_round_keeps_all_and_says_so)
{
    const auto kept = in_one_state(record_of_rounds(2), std::vector{-1, -1}, 0);
    EXPECT_THAT(kept.rounds, SizeIs(2));
    EXPECT_EQ(kept.machine_state, between_states);
    EXPECT_EQ(kept.left_out, 0U);
    EXPECT_EQ(summarize(kept, 0.95).machine_state, between_states);
}

}  // namespace
}  // namespace plumbline
