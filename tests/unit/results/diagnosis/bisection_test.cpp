// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/bisection.hpp"

#include "collectives/backends/sim/faults.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/backends/sim/virtual_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cstdint>
#include <vector>

namespace plumbline {
namespace {

using sim::Fault;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int repetitions = 30;

/// Rings take as long as their slowest link, in either direction: the simulator's closed form of sendrecv.
BisectionSearch bisected(const sim::Cluster& cluster, int units)
{
    BisectionSearch bisection(units);
    std::uint64_t number = 0;
    while (!bisection.next().empty()) {
        std::vector<std::vector<double>> seconds;
        for (const auto& ring : bisection.next()) {
            double slowest = 1;
            for (const int from : ring) {
                for (const int to : ring) {
                    const auto place = std::ranges::find(ring, from) - ring.begin();
                    const bool next = ring[static_cast<std::size_t>(place + 1) % ring.size()] == to;
                    slowest = next ? std::max(slowest, sim::link_factor(cluster, from, to)) : slowest;
                }
            }
            std::vector<double> times;
            for (int i = 0; i < repetitions; ++i) {
                times.push_back(1e-4 * slowest * sim::noise_factor(cluster, 7, number++));
            }
            seconds.push_back(times);
        }
        bisection.add(seconds);
        if (bisection.steps() > 100) {
            ADD_FAILURE() << "no end";
            break;
        }
    }
    return bisection;
}

sim::Cluster cluster_of(std::vector<Fault> faults, double noise = 0)
{
    sim::Cluster cluster;
    cluster.noise = noise;
    cluster.faults = std::move(faults);
    return cluster;
}

Fault slow_node(int node, double factor = 2)
{
    return {Fault::Kind::node, {node}, Fault::Way::both, factor};
}

TEST(BisectionSearch, names_any_one_slow_unit_in_log2_n_plus_2_steps)
{
    for (const int units : {4, 5, 7, 8, 13, 64}) {
        int bound = 2;
        for (int n = 1; n < units; n *= 2) {
            ++bound;
        }
        for (int slow_component = 0; slow_component < units; ++slow_component) {
            const BisectionSearch found = bisected(cluster_of({slow_node(slow_component)}), units);
            ASSERT_THAT(found.findings(), SizeIs(1)) << slow_component << " of " << units;
            EXPECT_EQ(found.findings().front().kind, BisectKind::unit);
            EXPECT_THAT(found.findings().front().units, ElementsAre(slow_component));
            EXPECT_LE(found.steps(), bound) << slow_component << " of " << units;
        }
    }
}

TEST(BisectionSearch, of_1024_takes_at_most_12_group_tests_for_one_fault)
{
    for (const int slow_component : {0, 1, 511, 512, 700, 1023}) {
        const BisectionSearch found = bisected(cluster_of({slow_node(slow_component, 1.1)}, 0.03), 1024);
        ASSERT_THAT(found.findings(), SizeIs(1)) << slow_component;
        EXPECT_THAT(found.findings().front().units, ElementsAre(slow_component));
        EXPECT_LE(found.steps(), 12) << slow_component;
    }
}

TEST(BisectionSearch, of_healthy_units_names_none)
{
    for (const int units : {2, 3, 8, 100}) {
        const BisectionSearch found = bisected(cluster_of({}, 0.03), units);
        EXPECT_THAT(found.findings(), IsEmpty()) << units;
        EXPECT_EQ(found.unresolved(), 0U);
    }
    EXPECT_THAT(BisectionSearch(1).next(), IsEmpty());
    EXPECT_THAT(BisectionSearch(0).next(), IsEmpty());
}

TEST(BisectionSearch, looks_across_the_boundary_between_two_healthy_halves)
{
    for (const int first : {0, 3, 6, 7, 12}) {
        const BisectionSearch found =
            bisected(cluster_of({{Fault::Kind::link, {first, first + 1}, Fault::Way::both, 2}}), 16);
        ASSERT_THAT(found.findings(), SizeIs(1)) << first;
        EXPECT_EQ(found.findings().front().kind, BisectKind::link) << first;
        EXPECT_THAT(found.findings().front().units, ElementsAre(first, first + 1));
        EXPECT_LE(found.steps(), 7);
    }
}

TEST(BisectionSearch, tells_a_slow_boundary_from_a_slow_link)
{
    const BisectionSearch half =
        bisected(cluster_of({{Fault::Kind::leaf, {0, 1, 2, 3, 4, 5, 6, 7}, Fault::Way::both, 2}}), 16);
    ASSERT_THAT(half.findings(), SizeIs(1));
    EXPECT_EQ(half.findings().front().kind, BisectKind::boundary);
    EXPECT_THAT(half.findings().front().units, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
    for (int size = 2; size < 15; ++size) {  // wherever it lies, no unit within or outside it is called slow
        std::vector<int> leaf;
        for (int node = 0; node < size; ++node) {
            leaf.push_back(node);
        }
        const BisectionSearch found = bisected(cluster_of({{Fault::Kind::leaf, leaf, Fault::Way::both, 2}}), 16);
        ASSERT_THAT(found.findings(), Not(IsEmpty())) << size;
        for (const BisectFinding& finding : found.findings()) {
            EXPECT_EQ(finding.kind, BisectKind::boundary) << "a leaf of " << size;
        }
    }
}

/// A ring of two uses a connection both ways; over some transports it takes twice as long.
TEST(BisectionSearch, names_none_where_rings_of_two_alone_are_slow)
{
    for (const int units : {3, 4, 5, 6, 8, 13}) {
        BisectionSearch bisection(units);
        while (!bisection.next().empty()) {
            std::vector<std::vector<double>> seconds;
            for (const auto& ring : bisection.next()) {
                seconds.emplace_back(repetitions, ring.size() == 2 ? 2e-4 : 1e-4);
            }
            bisection.add(seconds);
        }
        EXPECT_THAT(bisection.findings(), IsEmpty()) << units;
    }
}

/// One measurement of the first half was disturbed: the way leads into it first.
TEST(BisectionSearch, comes_back_to_a_boundary_that_was_left_aside_for_a_half_that_only_looked_slow)
{
    BisectionSearch bisection(16);
    bool disturbed = true;
    while (!bisection.next().empty()) {
        std::vector<std::vector<double>> seconds;
        for (const auto& ring : bisection.next()) {
            bool slow = false;
            for (std::size_t i = 0; i < ring.size(); ++i) {
                slow = slow || (ring[i] == 7 && ring[(i + 1) % ring.size()] == 8);
            }
            slow = slow || (disturbed && ring.size() == 8 && ring.front() == 0);
            seconds.emplace_back(repetitions, slow ? 2e-4 : 1e-4);
        }
        disturbed = bisection.steps() < 1;
        bisection.add(seconds);
    }
    ASSERT_THAT(bisection.findings(), SizeIs(1));
    EXPECT_EQ(bisection.findings().front().kind, BisectKind::link);
    EXPECT_THAT(bisection.findings().front().units, ElementsAre(7, 8));
}

TEST(BisectionSearch, names_several_slow_units)
{
    for (const auto& nodes : {std::vector<int>{3, 12}, {0, 1}, {7, 8}, {0, 5, 15}, {4, 5, 6}}) {
        std::vector<Fault> faults;
        for (const int node : nodes) {
            faults.push_back(slow_node(node));
        }
        const BisectionSearch found = bisected(cluster_of(faults), 16);
        std::vector<int> named;
        for (const BisectFinding& finding : found.findings()) {
            EXPECT_EQ(finding.kind, BisectKind::unit);
            named.insert(named.end(), finding.units.begin(), finding.units.end());
        }
        std::ranges::sort(named);
        EXPECT_EQ(named, nodes);
    }
}

TEST(BisectionSearch, of_two_units_can_not_tell_and_of_three_names_the_slow_one)
{
    EXPECT_THAT(bisected(cluster_of({slow_node(1)}), 2).findings(), IsEmpty());
    for (const int slow_component : {0, 1, 2}) {
        const BisectionSearch found = bisected(cluster_of({slow_node(slow_component)}), 3);
        EXPECT_LE(found.findings().size(), 1U);
        for (const BisectFinding& finding : found.findings()) {
            EXPECT_THAT(finding.units, ElementsAre(slow_component));
        }
    }
}

TEST(BisectionSearch, over_seeded_trials_names_the_true_unit_in_95_of_100_and_a_false_one_in_1)
{
    constexpr int trials = 200;
    int named = 0;
    int wrong = 0;
    int false_names = 0;
    for (int trial = 0; trial < trials; ++trial) {
        sim::Cluster cluster = cluster_of({slow_node(trial * 37 % 64, 1 / 0.9)}, 0.03);
        cluster.seed = static_cast<std::uint64_t>(trial) + 1;
        cluster.link_spread = 0.01;
        cluster.outlier_share = 0.01;
        const BisectionSearch found = bisected(cluster, 64);
        const bool right = found.findings().size() == 1 && found.findings().front().kind == BisectKind::unit &&
                           found.findings().front().units == std::vector{trial * 37 % 64};
        named += right ? 1 : 0;
        wrong += !right && !found.findings().empty() ? 1 : 0;
        cluster.faults.clear();
        false_names += bisected(cluster, 64).findings().empty() ? 0 : 1;
    }
    EXPECT_GE(named, trials * 95 / 100);
    EXPECT_LE(wrong, trials / 100);
    EXPECT_LE(false_names, trials / 100);
}

}  // namespace
}  // namespace plumbline
