// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/attainable.hpp"

#include "collectives/operations/traffic.hpp"
#include "collectives/util/units.hpp"
#include "results/bounds/bound.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using ::testing::HasSubstr;

constexpr double huge = 1e18;  // bytes/s: never limits

std::vector<int> of_nodes(int count, int ranks_each)
{
    std::vector<int> node_of_rank;
    for (int rank = 0; rank < count * ranks_each; ++rank) {
        node_of_rank.push_back(rank / ranks_each);
    }
    return node_of_rank;
}

Links ported_links(double inside, double between, int ports = 1, double latency_inside_s = 0,
                   double latency_between_s = 0)
{
    Links made;
    made.intra_node = LinkRate{.bytes_per_s = inside, .latency_s = latency_inside_s};
    made.inter_node = LinkRate{.bytes_per_s = between, .latency_s = latency_between_s};
    made.ports = ports;
    return made;
}

double seconds(const std::string& pattern, const std::string& algorithm, double bytes, const std::vector<int>& on,
               const Links& rates)
{
    const CaseIdentity what = collective_case(pattern, static_cast<std::uint64_t>(bytes), static_cast<int>(on.size()));
    const auto reference = parse_algorithm_reference(algorithm);
    EXPECT_TRUE(reference) << algorithm;
    const Attainable found = attainable_time(reference.value_or(AlgorithmReference{}), what, what.bytes, on, rates);
    EXPECT_TRUE(found.seconds) << pattern << ' ' << algorithm << ": " << found.why;
    return found.seconds.value_or(0);
}

std::string why_not(const std::string& pattern, const std::string& algorithm, const std::vector<int>& on,
                    const Links& rates)
{
    const CaseIdentity what = collective_case(pattern, 1 << 20, static_cast<int>(on.size()));
    const Attainable found = attainable_time(parse_algorithm_reference(algorithm).value_or(AlgorithmReference{}), what,
                                             what.bytes, on, rates);
    EXPECT_FALSE(found.seconds) << pattern << ' ' << algorithm;
    return found.why;
}

/// GB/s, of S so large that latency is nothing.
double busbw(const std::string& pattern, const std::string& algorithm, const std::vector<int>& on, const Links& rates)
{
    constexpr double bytes = 1e12;
    const double factor =
        busbw_factor(parse_collective(pattern).value_or(Collective::barrier), static_cast<int>(on.size())).value_or(0);
    return factor * bytes / seconds(pattern, algorithm, bytes, on, rates) / giga;
}

TEST(Ring, of_nodes_of_eight_reads_as_known_fractions_of_the_physical_bound)
{
    const Links rates = ported_links(huge, 400 * giga, 8);
    for (const auto& [count, fraction] :
         std::vector<std::pair<int, double>>{{2, 0.533}, {4, 0.774}, {8, 0.889}, {16, 0.945}, {32, 0.973}}) {
        const auto on = of_nodes(count, 8);
        const CaseIdentity what = collective_case("allreduce", 1'000'000'000, static_cast<int>(on.size()));
        const Ideal ideal = ideal_time(what, what.bytes, on, rates);
        EXPECT_NEAR(ideal.seconds.value_or(0) / seconds("allreduce", "ring", 1e9, on, rates), fraction, 5e-4) << count;
        EXPECT_NEAR(busbw("allreduce", "ring", on, rates), 400, 1e-9) << count;
    }
}

TEST(Ring, over_some_of_the_rails_has_their_share_of_the_ports)
{
    const Links rates = ported_links(huge, 400 * giga, 8);
    EXPECT_NEAR(busbw("allreduce", "ring:1", of_nodes(2, 8), rates), 50, 1e-9);
    EXPECT_NEAR(busbw("allgather", "ring:2", of_nodes(4, 8), rates), 100, 1e-9);
    EXPECT_NEAR(busbw("broadcast", "ring:4", of_nodes(4, 8), rates), 200, 1e-6);
    EXPECT_THAT(why_not("allreduce", "ring:9", of_nodes(2, 8), rates), HasSubstr("9 rails needs as many ports"));
    // One node has no ports in the way.
    EXPECT_NEAR(busbw("allreduce", "ring:9", of_nodes(1, 8), ported_links(450 * giga, giga)), 450, 1e-9);
}

TEST(Ring, takes_the_slower_link_of_each_step)
{
    // 2 nodes of 2: chunks of 1 MB, 6 steps; inside 1 us + 1 ms, between 3 us + 0.5 ms.
    const Links rates = ported_links(1e9, 2e9, 1, 1e-6, 3e-6);
    EXPECT_NEAR(seconds("allreduce", "ring", 4e6, of_nodes(2, 2), rates), 6 * (1e-6 + 1e-3), 1e-12);
    EXPECT_NEAR(seconds("reduce_scatter", "ring", 4e6, of_nodes(2, 2), rates), 3 * (1e-6 + 1e-3), 1e-12);
    // A pipelined chain: the array once, and 1 hop between nodes, 2 inside.
    EXPECT_NEAR(seconds("broadcast", "ring", 4e6, of_nodes(2, 2), rates), 4e-3 + 3e-6 + 2 * 1e-6, 1e-12);
}

TEST(Ring, passes_each_node_once_however_uneven_the_nodes_are)
{
    EXPECT_NEAR(busbw("allreduce", "ring", {0, 0, 0, 1}, ported_links(huge, 10 * giga)), 10, 1e-9);
    EXPECT_NEAR(busbw("allreduce", "ring", {0, 1, 1, 2, 2, 2, 2}, ported_links(huge, 10 * giga)), 10, 1e-9);
}

TEST(Tree, on_two_nodes_is_the_bound_and_on_many_less_than_a_ring)
{
    const Links rates = ported_links(huge, 400 * giga, 8);
    EXPECT_NEAR(busbw("allreduce", "tree", of_nodes(2, 8), rates), 750, 1e-9);
    // 2 S through the busiest node: (n-1)/n B.
    EXPECT_NEAR(busbw("allreduce", "tree", of_nodes(4, 8), rates), 400 * 31.0 / 32, 1e-9);
    EXPECT_NEAR(busbw("allreduce", "tree", of_nodes(16, 8), rates), 400 * 127.0 / 128, 1e-9);
    // One node: as its chains, 2(g-1)/g S over a rank's links.
    EXPECT_NEAR(busbw("allreduce", "tree", of_nodes(1, 8), ported_links(450 * giga, giga)), 450, 1e-9);
    // 2 nodes of 4: 2 hops between, 6 inside.
    EXPECT_NEAR(seconds("allreduce", "tree", 8, of_nodes(2, 4), ported_links(huge, huge, 1, 1e-6, 5e-6)),
                2 * 5e-6 + 6 * 1e-6, 1e-12);
}

TEST(Hierarchical, is_its_phases_one_after_the_other)
{
    // method: 2(g-1)/g S/L + 2(N-1)/N S/B; 4 nodes of 8, S = 32 MB, L = 4 GB/s, B = 8 GB/s.
    const Links rates = ported_links(4e9, 8e9, 8, 1e-6, 2e-6);
    const double latencies = 2 * 7 * 1e-6 + 2 * 3 * 2e-6;
    EXPECT_NEAR(seconds("allreduce", "hierarchical", 32e6, of_nodes(4, 8), rates),
                2 * 7.0 / 8 * 8e-3 + 2 * 3.0 / 4 * 4e-3 + latencies, 1e-12);
    EXPECT_NEAR(seconds("allgather", "hierarchical", 32e6, of_nodes(4, 8), rates),
                7.0 / 8 * 8e-3 + 3.0 / 4 * 4e-3 + latencies / 2, 1e-12);
    // alltoall: (g-1)/g S inside, then g(N-1)/N S a node.
    EXPECT_NEAR(seconds("alltoall", "hierarchical", 32e6, of_nodes(4, 8), rates),
                7.0 / 8 * 8e-3 + 1e-6 + 8 * 3.0 / 4 * 4e-3 + 2e-6, 1e-12);
    EXPECT_NEAR(seconds("allreduce", "hierarchical", 32e6, of_nodes(1, 8), rates), 2 * 7.0 / 8 * 8e-3 + 14e-6, 1e-12);
    EXPECT_NEAR(seconds("allreduce", "hierarchical", 32e6, of_nodes(4, 1), rates), 2 * 3.0 / 4 * 4e-3 + 12e-6, 1e-12);
    EXPECT_THAT(why_not("allreduce", "hierarchical", {0, 0, 0, 1}, rates), HasSubstr("same number of ranks"));
}

TEST(ReductionInTheNetwork, is_attained_where_it_is_stated_alone)
{
    Links rates = ported_links(450 * giga, 400 * giga, 8);
    EXPECT_THAT(why_not("allreduce", "nvls", of_nodes(1, 8), rates), HasSubstr("links.intra_node.reduces: true"));
    EXPECT_THAT(why_not("allreduce", "sharp", of_nodes(2, 8), rates), HasSubstr("links.inter_node.reduces: true"));
    rates.intra_node->reduces = true;
    // (1 + 1/g) S: 2(g-1)/(g+1) L.
    EXPECT_NEAR(busbw("allreduce", "nvls", of_nodes(1, 8), rates), 2 * 7.0 / 9 * 450, 1e-9);
    EXPECT_NEAR(busbw("allgather", "nvls", of_nodes(1, 8), rates), 7.0 / 8 * 450, 1e-9);
    // 2 nodes: S over the ports takes 2.5, (1 + 1/8) S over 450 also.
    EXPECT_NEAR(busbw("allreduce", "nvls", of_nodes(2, 8), rates), 2 * 15.0 / 16 / (9.0 / 8 / 450), 1e-9);
    EXPECT_THAT(why_not("allgather", "nvls", of_nodes(2, 8), rates), HasSubstr("one node alone"));
    rates.inter_node->reduces = true;
    EXPECT_NEAR(busbw("allreduce", "sharp", of_nodes(8, 8), rates), 2 * 63.0 / 64 / (1.0 / 400), 1e-9);
    EXPECT_THAT(why_not("allreduce", "sharp", of_nodes(1, 8), rates), HasSubstr("between nodes"));
}

TEST(ReductionInTheNetwork, raises_the_physical_bound_of_allreduce_alone)
{
    Links rates = ported_links(450 * giga, 400 * giga);
    const auto bound = [&](const std::string& pattern, const std::vector<int>& on) {
        const CaseIdentity what = collective_case(pattern, 1'000'000'000, static_cast<int>(on.size()));
        return ideal_time(what, what.bytes, on, rates).seconds.value_or(0);
    };
    const double ring = bound("allreduce", of_nodes(1, 8));
    const double gathered = bound("allgather", of_nodes(1, 8));
    EXPECT_NEAR(ring, 2 * 7.0 / 8 / 450, 1e-12);
    rates.intra_node->reduces = true;
    EXPECT_NEAR(bound("allreduce", of_nodes(1, 8)), 1.0 / 450, 1e-12);
    EXPECT_EQ(bound("allgather", of_nodes(1, 8)), gathered);
    rates.inter_node->reduces = true;
    EXPECT_NEAR(bound("allreduce", of_nodes(8, 8)), 1.0 / 400, 1e-12);
}

TEST(AllToAll, directly_is_the_bound_and_pairwise_waits_in_each_step)
{
    const Links rates = ported_links(huge, 25e9);
    // B/g (n-1)/(n-g) a rank.
    EXPECT_NEAR(busbw("alltoall", "direct", of_nodes(2, 8), rates), 25.0 / 8 * 15 / 8, 1e-9);
    // 2 nodes of 2, S/n = 1 MB at 1 GB/s: 1 crosses in steps 1 and 3, 2 in step 2.
    const Links slow = ported_links(huge, 1e9, 1, 0, 1e-6);
    EXPECT_NEAR(seconds("alltoall", "pairwise", 4e6, of_nodes(2, 2), slow), 4e-3 + 3e-6, 1e-12);
    EXPECT_NEAR(seconds("alltoall", "direct", 4e6, of_nodes(2, 2), slow), 4e-3 + 1e-6, 1e-12);
    EXPECT_NEAR(seconds("alltoall", "pairwise", 4e6, of_nodes(4, 1), slow), 3 * (1e-3 + 1e-6), 1e-12);
    EXPECT_THAT(why_not("alltoall", "pairwise", {0, 0, 1}, slow), HasSubstr("same number of ranks"));
    EXPECT_NEAR(busbw("alltoall", "direct", {0, 0, 0, 1}, slow), 1, 1e-6);
    // Of a leaf of three in four nodes one share leaves in each step, as one comes in: there is one node beside it.
    Links leaves = ported_links(huge, 1e9);
    leaves.leaf = LeafRate{.nodes = 3, .bytes_per_s = 1e9};
    EXPECT_NEAR(seconds("alltoall", "pairwise", 4e6, of_nodes(4, 1), leaves), 3e-3, 1e-12);
}

TEST(Rings, over_some_rails_have_what_their_ports_carry_and_the_node_lets_through)
{
    Links rates = ported_links(huge, 20e9, 8);
    const double whole = seconds("allreduce", "ring", 1e9, of_nodes(2, 8), rates);
    EXPECT_NEAR(seconds("allreduce", "ring:4", 1e9, of_nodes(2, 8), rates), 2 * whole, 1e-12);
    rates.port_bytes_per_s = 5e9;  // eight would carry twice what the node does
    EXPECT_NEAR(seconds("allreduce", "ring:4", 1e9, of_nodes(2, 8), rates), whole, 1e-12);
    EXPECT_NEAR(seconds("allreduce", "ring:2", 1e9, of_nodes(2, 8), rates), 2 * whole, 1e-12);
}

TEST(Leaves, count_where_they_are_oversubscribed)
{
    Links rates = ported_links(huge, 25e9);
    rates.leaf = LeafRate{.nodes = 2, .bytes_per_s = 10e9};
    EXPECT_NEAR(busbw("allreduce", "ring", of_nodes(4, 8), rates), 10, 1e-9);
    // Two edges of each tree cross the leaf's border.
    EXPECT_NEAR(busbw("allreduce", "tree", of_nodes(4, 8), rates), 10 * 31.0 / 32, 1e-9);
    EXPECT_NEAR(seconds("alltoall", "direct", 32e6, of_nodes(4, 8), rates), 16 * 16.0 / 32 * 32e6 / 10e9, 1e-12);
    EXPECT_NEAR(seconds("alltoall", "hierarchical", 32e6, of_nodes(4, 8), rates), 16 * 16.0 / 32 * 32e6 / 10e9, 1e-9);
    rates.leaf->nodes = 4;  // one leaf: its up-links carry nothing
    EXPECT_NEAR(busbw("allreduce", "ring", of_nodes(4, 8), rates), 25, 1e-9);
}

TEST(RootedOperations, send_what_the_root_has_to_send)
{
    const Links rates = ported_links(1e9, 2e9, 1, 1e-6, 5e-6);
    // The links inside the root's node take longer than its ports: 6 MB at 1 GB/s.
    EXPECT_NEAR(seconds("gather", "direct", 16e6, of_nodes(2, 4), rates), 3.0 / 8 * 16e-3 + 1e-6, 1e-12);
    // 16 MB: half of it from the other node, 3/8 from inside.
    EXPECT_NEAR(seconds("scatter", "binomial", 16e6, of_nodes(2, 4), rates), 4e-3 + 5e-6 + 6e-3 + 2e-6, 1e-12);
    EXPECT_NEAR(seconds("broadcast", "binomial", 2e6, of_nodes(4, 4), rates), 2 * (1e-3 + 5e-6) + 2 * (2e-3 + 1e-6),
                1e-12);
}

TEST(Binomial, pays_for_the_up_links_of_a_leaf_in_the_steps_that_leave_it_alone)
{
    // 4 nodes of 1, leaves of 2: the first of 2 steps crosses.
    Links rates = ported_links(huge, 2e9, 1, 0, 5e-6);
    rates.leaf = LeafRate{.nodes = 2, .bytes_per_s = 1e9};
    EXPECT_NEAR(seconds("broadcast", "binomial", 2e6, of_nodes(4, 1), rates), 2e-3 + 1e-3 + 2 * 5e-6, 1e-12);
    // Half of 4 MB leaves the root's leaf, a quarter its node.
    EXPECT_NEAR(seconds("scatter", "binomial", 4e6, of_nodes(4, 1), rates), 2e-3 + 0.5e-3 + 2 * 5e-6, 1e-12);
    EXPECT_NEAR(seconds("gather", "binomial", 4e6, of_nodes(4, 1), rates), 2e-3 + 0.5e-3 + 2 * 5e-6, 1e-12);
}

TEST(ReductionInTheNetwork, takes_the_messages_that_pass_a_switch)
{
    Links rates = ported_links(huge, huge, 1, 1e-6, 4e-6);
    rates.intra_node->reduces = rates.inter_node->reduces = true;
    EXPECT_NEAR(seconds("allreduce", "nvls", 8, of_nodes(1, 8), rates), 2 * 1e-6, 1e-12);
    EXPECT_NEAR(seconds("reduce_scatter", "nvls", 8, of_nodes(1, 8), rates), 1e-6, 1e-12);
    EXPECT_NEAR(seconds("allgather", "nvls", 8, of_nodes(1, 8), rates), 1e-6, 1e-12);
    // The sum is made halfway between two nodes.
    EXPECT_NEAR(seconds("allreduce", "sharp", 8, of_nodes(4, 8), rates), 4e-6 + 2 * 1e-6, 1e-12);
}

TEST(AttainableTime, is_never_below_the_physical_bound)
{
    for (const bool reduces : {false, true}) {
        Links rates = ported_links(40e9, 100e9, 4, 1e-6, 3e-6);
        rates.leaf = LeafRate{.nodes = 2, .bytes_per_s = 150e9};
        rates.intra_node->reduces = rates.inter_node->reduces = reduces;
        for (const auto& on : {of_nodes(1, 2), of_nodes(1, 8), of_nodes(2, 1), of_nodes(2, 8), of_nodes(5, 3),
                               of_nodes(16, 8), std::vector<int>{0, 0, 0, 1}, std::vector<int>{0, 1, 1, 2}}) {
            for (const std::string pattern : {"allreduce", "reduce_scatter", "allgather", "broadcast", "reduce",
                                              "gather", "scatter", "alltoall", "sendrecv", "pingpong"}) {
                for (const std::uint64_t bytes : {8ULL, 1ULL << 20U, 1ULL << 34U}) {
                    const CaseIdentity what = collective_case(pattern, bytes, static_cast<int>(on.size()));
                    const Ideal ideal = ideal_time(what, bytes, on, rates);
                    ASSERT_TRUE(ideal.seconds) << ideal.why;
                    int with_a_time = 0;
                    for (const Attainable& found : attainable_times(what, bytes, on, rates)) {
                        with_a_time += found.seconds ? 1 : 0;
                        EXPECT_GE(found.seconds.value_or(1e9), *ideal.seconds * (1 - 1e-12))
                            << pattern << ' ' << name(found.algorithm) << ' ' << on.size() << ' ' << bytes;
                        EXPECT_NE(found.seconds.has_value(), !found.why.empty());
                    }
                    EXPECT_GT(with_a_time, 0) << pattern;
                }
            }
        }
    }
}

TEST(AttainableTime, of_the_best_is_the_shortest)
{
    const Links rates = ported_links(huge, 400 * giga, 8);
    EXPECT_NEAR(busbw("allreduce", "best", of_nodes(2, 8), rates), 750, 1e-6);
    EXPECT_NEAR(busbw("alltoall", "best", of_nodes(2, 8), rates), busbw("alltoall", "direct", of_nodes(2, 8), rates),
                1e-9);
}

TEST(AttainableTime, says_why_there_is_none)
{
    const Links rates = ported_links(huge, 400 * giga, 8);
    EXPECT_THAT(why_not("allreduce", "ring", {0}, rates), HasSubstr("one rank alone"));
    EXPECT_THAT(why_not("allreduce", "best", {0}, rates), HasSubstr("one rank alone"));
    EXPECT_THAT(why_not("allreduce", "best", of_nodes(2, 8), Links{}), HasSubstr("between nodes is not known"));
    EXPECT_THAT(why_not("alltoall", "ring", of_nodes(2, 8), rates), HasSubstr("it has direct"));
    EXPECT_THAT(why_not("alltoallv", "best", of_nodes(2, 8), rates), HasSubstr("not modelled"));
    EXPECT_THAT(why_not("pipeline", "best", of_nodes(2, 8), rates), HasSubstr("not modelled"));
    EXPECT_THAT(why_not("allreduce", "used", of_nodes(2, 8), rates), HasSubstr("is not recorded"));
}

}  // namespace
}  // namespace plumbline
