// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/diagnose.hpp"

#include "results/printers/diagnosis.hpp"
#include "tests/support/simulated_survey.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using sim::Fault;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr double tenth = 1 / 0.9;  ///< on the time, for a rate that is a tenth lower

PairwiseSpec megabyte()
{
    PairwiseSpec spec;
    spec.bytes = {1 << 20};
    spec.compute_s = 1e-3;
    return spec;
}

sim::Cluster noisy(std::vector<Fault> faults)
{
    sim::Cluster cluster;
    cluster.noise = 0.03;
    cluster.link_spread = 0.01;
    cluster.outlier_share = 0.01;
    cluster.faults = std::move(faults);
    return cluster;
}

PairwiseSamples survey(const sim::Cluster& cluster, int ranks)
{
    return test::SimulatedSweep(cluster, ranks, megabyte()).run();
}

Diagnosis diagnosed(std::vector<Fault> faults, int ranks)
{
    return diagnose(survey(noisy(std::move(faults)), ranks), {});
}

/// All pairs take `seconds`, but for what `slower` says.
template <class Factor>
PairwiseSamples plain_survey(int ranks, Factor slower)
{
    PairwiseSamples plain;
    plain.ranks = ranks;
    for (int rank = 0; rank < ranks; ++rank) {
        plain.nodes.of_rank.push_back(rank);
    }
    plain.nodes = RankNodes(plain.nodes.of_rank);
    plain.bytes = 1 << 20;
    for (int pass = 0; pass < 20; ++pass) {
        for (int from = 0; from < ranks; ++from) {
            for (int to = 0; to < ranks; ++to) {
                if (from != to) {
                    plain.sweep.push_back({from, to, 1e-4 * (1 + 0.001 * pass) * slower(from, to)});
                }
            }
        }
    }
    return plain;
}

/// A rate alone: no latency, no noise.
sim::Cluster ideal(int ranks_per_node)
{
    sim::Cluster cluster;
    cluster.latency_s = 0;
    cluster.ranks_per_node = ranks_per_node;
    return cluster;
}

TEST(Diagnose, names_a_leaf_whose_trunk_is_slow_only_while_all_of_it_communicate)
{
    struct Row {
        int ranks, size;
        double links;
    };
    for (const Row& row : {Row{64, 8, 3}, Row{64, 8, 6}, Row{32, 8, 3}, Row{24, 6, 2}, Row{33, 8, 3}}) {
        const sim::Cluster cluster = ideal(1);
        for (int first = 0; first + row.size <= row.ranks; first += row.size) {
            const test::NarrowTrunk trunk{.first = first, .size = row.size, .links = row.links};
            const Diagnosis diagnosis = diagnose(test::SimulatedSweep(cluster, row.ranks, megabyte(), trunk).run(), {});
            const std::string where = fmt::format("{} ranks, {} from {}", row.ranks, row.size, first);
            ASSERT_THAT(diagnosis.findings, SizeIs(1)) << where;
            const SlowComponent& leaf = diagnosis.findings[0];
            EXPECT_EQ(leaf.kind, ComponentKind::boundary) << where;
            std::vector<int> members(static_cast<std::size_t>(row.size));
            std::iota(members.begin(), members.end(), first);
            EXPECT_EQ(leaf.members, members) << where;
            EXPECT_EQ(leaf.way, LinkDirection::both) << where;
            EXPECT_TRUE(leaf.confirmed) << where;
            EXPECT_NEAR(leaf.slowdown, row.size / row.links, 1e-9) << where;  // all of it at once
            EXPECT_GE(4 * leaf.slow_pairs, 3 * leaf.pairs) << where;
        }
    }
}

TEST(Diagnose, names_a_node_whose_link_is_slow_only_while_all_of_its_ranks_communicate)
{
    const sim::Cluster cluster = ideal(4);
    for (int node = 0; node < 8; ++node) {
        const test::NarrowTrunk nic{.first = 4 * node, .size = 4, .links = 2};
        const Diagnosis diagnosis = diagnose(test::SimulatedSweep(cluster, 32, megabyte(), nic).run(), {});
        ASSERT_THAT(diagnosis.findings, SizeIs(1)) << node;
        EXPECT_EQ(diagnosis.findings[0].kind, ComponentKind::node) << node;
        EXPECT_THAT(diagnosis.findings[0].members, ElementsAre(node));
        EXPECT_NEAR(diagnosis.findings[0].slowdown, 2, 1e-9) << node;
    }
}

TEST(Diagnose, names_nothing_where_nothing_is_slow)
{
    const Diagnosis diagnosis = diagnosed({}, 16);
    EXPECT_THAT(diagnosis.findings, IsEmpty());
    EXPECT_EQ(diagnosis.links, 240U);
    EXPECT_EQ(diagnosis.possible, 240U);
}

TEST(Diagnose, names_a_slow_node_with_its_size_and_all_its_pairs)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::node, {3}, Fault::Way::both, tenth}}, 13);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    const SlowComponent& slow_component = diagnosis.findings.front();
    EXPECT_EQ(slow_component.kind, ComponentKind::node);
    EXPECT_THAT(slow_component.members, ElementsAre(3));
    EXPECT_EQ(slow_component.way, LinkDirection::both);
    EXPECT_EQ(slow_component.pairs, 12U);
    EXPECT_EQ(slow_component.slow_pairs, 12U);
    EXPECT_TRUE(slow_component.confirmed);
    EXPECT_NEAR(slow_component.slowdown, tenth, 0.02);
    EXPECT_LE(slow_component.interval.low, tenth + 0.01);
    EXPECT_GE(slow_component.interval.high, tenth - 0.01);
}

TEST(Diagnose, tells_a_slow_direction_from_a_slow_node)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::direction, {5}, Fault::Way::in, tenth}}, 12);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::direction);
    EXPECT_THAT(diagnosis.findings.front().members, ElementsAre(5));
    EXPECT_EQ(diagnosis.findings.front().way, LinkDirection::in);
}

TEST(Diagnose, tells_a_slow_pair_from_its_ends)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::link, {2, 9}, Fault::Way::both, tenth}}, 12);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::link);
    EXPECT_THAT(diagnosis.findings.front().members, ElementsAre(2, 9));
}

TEST(Diagnose, names_the_one_direction_of_a_pair_that_is_slow)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::link, {9, 2}, Fault::Way::out, tenth}}, 12);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::link);
    EXPECT_EQ(diagnosis.findings.front().name, "link node 9 -> node 2");
}

TEST(Diagnose, names_no_link_for_what_the_direction_that_it_is_part_of_explains)
{
    // One link looked worst in the sweep; taken again it is as slow as all that rank 3 sends.
    const auto with_link_again = [](double again) {
        PairwiseSamples seen = plain_survey(8, [](int from, int to) { return from != 3 ? 1 : to == 6 ? 10 : 1.2; });
        seen.retest = plain_survey(8, [&](int from, int to) { return from != 3 ? 1 : to == 6 ? again : 1.2; }).sweep;
        std::vector<std::string> names;
        for (const SlowComponent& finding : diagnose(seen, {}).findings) {
            names.emplace_back(name(finding.kind));
        }
        return names;
    };
    EXPECT_THAT(with_link_again(1.2), ElementsAre("direction"));
    EXPECT_THAT(with_link_again(2.0), ElementsAre("link", "direction"));
}

TEST(Diagnose, tells_a_leaf_with_a_slow_boundary_from_slow_nodes)
{
    const Diagnosis leaf = diagnosed({{Fault::Kind::leaf, {0, 1, 2, 3}, Fault::Way::both, tenth}}, 16);
    ASSERT_THAT(leaf.findings, SizeIs(1));
    EXPECT_EQ(leaf.findings.front().kind, ComponentKind::boundary);
    EXPECT_THAT(leaf.findings.front().members, ElementsAre(0, 1, 2, 3));
    EXPECT_EQ(leaf.findings.front().pairs, 48U);

    const Diagnosis nodes = diagnosed(
        {{Fault::Kind::node, {0}, Fault::Way::both, tenth}, {Fault::Kind::node, {1}, Fault::Way::both, tenth}}, 16);
    ASSERT_THAT(nodes.findings, SizeIs(2));
    EXPECT_EQ(nodes.findings[0].kind, ComponentKind::node);
    EXPECT_EQ(nodes.findings[1].kind, ComponentKind::node);
}

TEST(Diagnose, names_a_slow_half_of_four_hosts)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::leaf, {2, 3}, Fault::Way::both, 1.4}}, 4);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::boundary);
}

TEST(Diagnose, names_the_rank_that_computes_slowly)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::rank, {6}, Fault::Way::both, tenth}}, 9);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::rank);
    EXPECT_THAT(diagnosis.findings.front().members, ElementsAre(6));
    EXPECT_EQ(diagnosis.findings.front().pairs, 8U);
}

TEST(Diagnose, names_the_node_where_hosts_have_several_ranks_or_unequal_numbers_of_them)
{
    sim::Cluster cluster = noisy({{Fault::Kind::node, {1}, Fault::Way::both, tenth}});
    cluster.ranks_per_node = 4;
    const Diagnosis diagnosis = diagnose(survey(cluster, 14), {});  // 4, 4, 4 and 2
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::node);
    EXPECT_THAT(diagnosis.findings.front().members, ElementsAre(1));
    EXPECT_EQ(diagnosis.findings.front().pairs, 3U);
}

/// Six nodes, a message a link and pass, whose times are lognormal: e^(spread N(0,1)).
PairwiseSamples scattered(double spread, int passes)
{
    std::mt19937_64 random(5);
    std::lognormal_distribution<double> draw(0, spread);
    PairwiseSamples scattered = plain_survey(6, [](int, int) { return 1.0; });
    scattered.sweep.clear();
    for (int i = 0; i < passes * 36; ++i) {
        if (i / 6 % 6 != i % 6) {
            scattered.sweep.push_back({i / 6 % 6, i % 6, 1e-4 * draw(random)});
        }
    }
    return scattered;
}

TEST(Diagnose, says_what_would_not_stand_out_where_samples_scatter)
{
    EXPECT_THAT(detection_limit(scattered(0.01, 5))->slowdown, testing::Optional(testing::Le(1.1)));
    EXPECT_THAT(diagnose(scattered(0.01, 5), {}).notes, IsEmpty());

    const auto limit = detection_limit(scattered(0.3, 2));
    ASSERT_TRUE(limit && limit->slowdown);
    EXPECT_GT(*limit->slowdown, 1.2);
    const Diagnosis unsure = diagnose(scattered(0.3, 2), {});
    EXPECT_THAT(unsure.findings, IsEmpty());
    EXPECT_THAT(unsure.notes,
                ElementsAre(fmt::format("these samples scatter: one whose messages take less than {:.0f} % longer "
                                        "than the others' would not stand out. Add passes, or repeat when the "
                                        "machine is quiet",
                                        100 * (*limit->slowdown - 1))));

    ASSERT_TRUE(detection_limit(scattered(2, 1)));
    EXPECT_EQ(detection_limit(scattered(2, 1))->slowdown, std::nullopt);
    EXPECT_THAT(diagnose(scattered(2, 1), {}).notes, testing::Contains(HasSubstr("take 2.5 times as long")));
}

TEST(Diagnose, needs_three_ends_and_not_too_many_messages_to_say_what_would_not_stand_out)
{
    EXPECT_FALSE(detection_limit(plain_survey(2, [](int, int) { return 1.0; })));
    EXPECT_TRUE(detection_limit(plain_survey(3, [](int, int) { return 1.0; })));
    EXPECT_FALSE(detection_limit(scattered(0.01, 4000)));
}

TEST(Diagnose, with_two_ends_names_neither_and_says_so)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::node, {1}, Fault::Way::both, 2}}, 2);
    EXPECT_THAT(diagnosis.findings, IsEmpty());
    ASSERT_THAT(diagnosis.notes, SizeIs(1));
    EXPECT_THAT(diagnosis.notes.front(), HasSubstr("can't tell which of them is slow"));
}

TEST(Diagnose, with_two_ends_names_the_slower_direction)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::link, {1, 0}, Fault::Way::out, 1.5}}, 2);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().name, "link node 1 -> node 0");
}

TEST(Diagnose, with_three_names_the_slow_one)
{
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::node, {1}, Fault::Way::both, 1.3}}, 3);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_THAT(diagnosis.findings.front().members, ElementsAre(1));
}

TEST(Diagnose, of_ranks_on_one_host_names_ranks)
{
    sim::Cluster cluster = noisy({});
    cluster.ranks_per_node = 8;
    PairwiseSamples one_host = survey(cluster, 8);
    for (auto* messages : {&one_host.sweep, &one_host.retest}) {
        for (LinkMessage& message : *messages) {
            message.seconds *= message.from == 5 || message.to == 5 ? 1.3 : 1;
        }
    }
    const Diagnosis diagnosis = diagnose(one_host, {{"alone"}, {}});
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_THAT(diagnosis.findings.front().name.english(), HasSubstr("rank 5"));
    EXPECT_TRUE(diagnosis.findings.front().of_ranks);
}

TEST(Diagnose, of_a_partial_matrix_says_what_is_unknown_and_names_no_end_with_one_partner)
{
    PairwiseSamples partial = plain_survey(8, [](int from, int to) { return from == 7 || to == 7 ? 1.5 : 1.0; });
    std::erase_if(partial.sweep, [](const LinkMessage& message) {
        const bool with_last = message.from == 7 || message.to == 7;
        return with_last && message.from != 0 && message.to != 0;
    });
    const Diagnosis diagnosis = diagnose(partial, {});
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::link)
        << "one partner: node 7 can't be told from the link";
    ASSERT_THAT(diagnosis.notes, SizeIs(1));
    EXPECT_THAT(diagnosis.notes.front(), HasSubstr("44 of 56 links"));
}

TEST(Diagnose, of_no_link_names_nothing)
{
    PairwiseSamples nothing;
    nothing.ranks = 4;
    nothing.nodes = RankNodes(std::vector<int>{0, 1, 2, 3});
    const Diagnosis diagnosis = diagnose(nothing, {});
    EXPECT_THAT(diagnosis.findings, IsEmpty());
    EXPECT_THAT(diagnosis.notes, ElementsAre("no link was measured"));
}

TEST(Diagnose, sees_that_all_are_equally_slow_by_the_floor_alone)
{
    const PairwiseSamples slow = plain_survey(6, [](int, int) { return 1.0; });  // 1 MiB in 100 us: 10.5 GB/s
    EXPECT_THAT(diagnose(slow, {}).findings, IsEmpty());
    DiagnoseRules rules;
    rules.floor_bytes_per_s = 20e9;
    const Diagnosis diagnosis = diagnose(slow, {}, rules);
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_EQ(diagnosis.findings.front().kind, ComponentKind::fabric);
    EXPECT_NEAR(diagnosis.findings.front().slowdown, 20e9 * 1.0095e-4 / (1 << 20), 1e-3);
    rules.floor_bytes_per_s = 10e9;
    EXPECT_THAT(diagnose(slow, {}, rules).findings, IsEmpty());
}

TEST(Diagnose, tells_slow_nodes_from_a_slow_leaf_beside_them)
{
    // 2 lies within the leaf and 12 outside; slow with everybody, neither can be told to lie on a side of it.
    const Diagnosis diagnosis = diagnosed({{Fault::Kind::node, {2}, Fault::Way::both, tenth},
                                           {Fault::Kind::node, {12}, Fault::Way::both, tenth},
                                           {Fault::Kind::leaf, {0, 1, 2, 3, 4, 5}, Fault::Way::both, tenth}},
                                          20);
    ASSERT_THAT(diagnosis.findings, SizeIs(3));
    std::vector<std::vector<int>> nodes;
    for (const SlowComponent& slow_component : diagnosis.findings) {
        if (slow_component.kind == ComponentKind::boundary) {
            EXPECT_THAT(slow_component.members, ElementsAre(0, 1, 3, 4, 5));
        } else {
            EXPECT_EQ(slow_component.kind, ComponentKind::node);
            nodes.push_back(slow_component.members);
        }
        EXPECT_NEAR(slow_component.slowdown, tenth, 0.02);
    }
    EXPECT_THAT(nodes, testing::UnorderedElementsAre(ElementsAre(2), ElementsAre(12)));
}

TEST(Diagnose, says_who_is_unlike_its_peers_in_messages_and_in_compute)
{
    PairwiseSamples unlike = plain_survey(6, [](int from, int to) { return from == 2 || to == 2 ? 1.2 : 1.0; });
    for (int rank = 0; rank < 6; ++rank) {
        unlike.compute.push_back(std::vector<double>(10, rank == 4 ? 2e-3 : 1e-3));
    }
    const Diagnosis diagnosis = diagnose(unlike, {});
    ASSERT_THAT(diagnosis.peers, SizeIs(2));
    const PeerCriterion& messages = diagnosis.peers[0].criterion;
    ASSERT_THAT(messages.outliers, SizeIs(1));
    EXPECT_EQ(messages.outliers[0].node, 2U);
    EXPECT_NEAR(messages.outliers[0].ratio, 1.2, 1e-9);
    // One of five links of every other node is the slow one's.
    EXPECT_NEAR(messages.outliers[0].similarity, 1 - 0.8 * 0.2, 1e-9);
    EXPECT_EQ(peers_said(diagnosis.peers[1]),
              "peers, compute: 5 of 6 are alike (centre node 0, median 1.00 ms); unlike: node 4 +100 % time");
}

TEST(Diagnose, says_that_peers_who_are_alike_are_all_slow)
{
    DiagnoseRules rules;
    rules.floor_bytes_per_s = 20e9;
    const Diagnosis diagnosis = diagnose(plain_survey(6, [](int, int) { return 1.0; }), {}, rules);
    ASSERT_THAT(diagnosis.peers, SizeIs(1));
    EXPECT_THAT(diagnosis.peers[0].criterion.outliers, IsEmpty());
    EXPECT_THAT(peers_said(diagnosis.peers[0]).english(),
                HasSubstr("the centre has 52 % of the floor: alike, but slow"));
}

TEST(Diagnose, judges_by_the_sweep_where_nothing_was_taken_again)
{
    const auto slow_node = [](int from, int to) { return from == 2 || to == 2 ? 1.2 : 1.0; };
    const Diagnosis diagnosis = diagnose(plain_survey(6, slow_node), {});
    ASSERT_THAT(diagnosis.findings, SizeIs(1));
    EXPECT_FALSE(diagnosis.findings.front().confirmed);
    EXPECT_NEAR(diagnosis.findings.front().slowdown, 1.2, 1e-9);
}

TEST(Diagnose, clears_a_suspect_that_fresh_samples_do_not_bear_out)
{
    PairwiseSamples passing = plain_survey(8, [](int from, int to) { return from == 2 || to == 2 ? 1.2 : 1.0; });
    passing.retest = plain_survey(8, [](int, int) { return 1.0; }).sweep;
    const Diagnosis diagnosis = diagnose(passing, {});
    EXPECT_THAT(diagnosis.findings, IsEmpty());
    EXPECT_EQ(diagnosis.cleared, 1U);
}

TEST(Diagnose, three_in_ten_nodes_that_are_bad_together_do_not_shift_the_peers)
{
    std::vector<Fault> faults;
    for (const int node : {4, 9, 14}) {
        faults.push_back({Fault::Kind::node, {node}, Fault::Way::both, 1.3});
    }
    const Diagnosis diagnosis = diagnosed(faults, 16);
    std::vector<int> named;
    for (const SlowComponent& slow_component : diagnosis.findings) {
        EXPECT_EQ(slow_component.kind, ComponentKind::node);
        named.insert(named.end(), slow_component.members.begin(), slow_component.members.end());
    }
    std::sort(named.begin(), named.end());
    EXPECT_THAT(named, ElementsAre(4, 9, 14));
}

TEST(DiagnosisText, says_who_how_much_and_in_how_many_pairs)
{
    SlowComponent slow_component;
    slow_component.name = "host3 NIC";
    slow_component.slowdown = 1 / 0.51;
    slow_component.interval = {1 / 0.53, 1 / 0.49};
    slow_component.slow_pairs = slow_component.pairs = 12;
    EXPECT_EQ(finding_said(slow_component, 1 << 20),
              "host3 NIC: -49 % [-51, -47] bandwidth in 12 of 12 pairs, both directions");
    EXPECT_EQ(change_said(slow_component, 8), "+96 % [+89, +104] latency");
}

}  // namespace
}  // namespace plumbline
