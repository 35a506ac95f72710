// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/link_rates.hpp"

#include "results/records/case_identity.hpp"
#include "results/records/links.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"
#include "tests/support/measured_run.hpp"
#include "tests/support/nodes_and_links.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::links;
using test::MeasuredRun;
using test::nodes;
using test::spread_times;
using ::testing::HasSubstr;

/// Pairs of nodes with 1 us and 1 GB/s, and an allreduce that takes `slower` times the bound on 4 of them.
MeasuredRun run_on_four_nodes(double slower, double spread)
{
    MeasuredRun run;
    CaseIdentity pingpong = collective_case("pingpong", 0, 2, 2);
    pingpong.bytes = 8;
    run.add(pingpong, spread_times(2 * (1e-6 + 8e-9), spread));
    pingpong.bytes = 1'000'000;
    run.add(pingpong, spread_times(2 * (1e-6 + 8e-9) + 2 * 1e-3, spread));
    run.add(collective_case("allreduce", 4'000'000, 4, 4), spread_times(slower * 2 * 3.0 / 4 * 4e-3, spread));
    return run;
}

Judgement judge_fraction(const MeasuredRun& run, const std::optional<Links>& stated, double at_least,
                         const std::string& pattern = "allreduce")
{
    RunData measured = run.measured();
    measured.nodes_of_ranks = [cases = measured.cases](int id) {
        return nodes(cases[static_cast<std::size_t>(id)].header.what.ranks, 1);
    };
    measured.links = stated;
    Target target;
    target.name = "near-the-wire";
    target.metric = Metric::fraction_of_ideal;
    target.where = {{"pattern", pattern}};
    target.at_least = at_least;
    return judge(std::vector{target}, measured);
}

TEST(FractionOfIdeal, of_what_told_the_rates_is_not_measured_by_itself)
{
    const MeasuredRun run = run_on_four_nodes(1.25, 0.001);
    const Judgement by_itself = judge_fraction(run, std::nullopt, 0.9, "pingpong");
    EXPECT_EQ(by_itself.verdict, Verdict::not_measured);
    EXPECT_THAT(by_itself.findings.at(0).why, HasSubstr("its bound would follow from its own time"));
    const Judgement stated = judge_fraction(run, links(std::nullopt, 2e9), 0.9, "pingpong");
    EXPECT_EQ(stated.verdict, Verdict::fail);
    EXPECT_NEAR(stated.findings.back().value.estimate.value_or(0), 1e-3 / (2 * (1e-6 + 8e-9) + 2e-3), 1e-6);
}

TEST(FractionOfIdeal, is_not_claimed_where_the_links_were_measured_in_another_state_of_the_machine)
{
    const MeasuredRun run = run_on_four_nodes(1.25, 0.001);
    RunData measured = run.measured();
    measured.nodes_of_ranks = [cases = measured.cases](int id) {
        return nodes(cases[static_cast<std::size_t>(id)].header.what.ranks, 1);
    };
    measured.cases.at(1).machine_state = 1;
    Target target;
    target.metric = Metric::fraction_of_ideal;
    target.where = {{"pattern", "allreduce"}};
    target.at_least = 0.7;
    const Finding finding = judge(std::vector{target}, measured).findings.at(0);
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_THAT(finding.why, HasSubstr("another state when the links were measured"));
}

TEST(FractionOfIdeal, takes_latency_and_rate_from_the_pingpongs_of_the_run)
{
    const Finding finding = judge_fraction(run_on_four_nodes(1.25, 0.001), std::nullopt, 0.7).findings.at(0);
    EXPECT_EQ(finding.verdict, Verdict::pass) << finding.why;
    EXPECT_NEAR(finding.value.estimate.value_or(0), 0.8, 1e-9);
    EXPECT_NEAR(finding.base_value.value_or(0), 6e-3, 1e-9);
    EXPECT_EQ(finding.basis, "ideal 6.00 ms: links between nodes");
}

TEST(FractionOfIdeal, is_as_uncertain_as_rate_and_time_together)
{
    const auto interval =
        judge_fraction(run_on_four_nodes(1.25, 0.01), std::nullopt, 0.7).findings.at(0).value.interval;
    ASSERT_TRUE(interval);
    const auto stated =
        judge_fraction(run_on_four_nodes(1.25, 0.01), links(std::nullopt, 1e9), 0.7).findings.at(0).value.interval;
    ASSERT_TRUE(stated);
    EXPECT_LT(stated->high - stated->low, interval->high - interval->low);
    EXPECT_LT(interval->low, 0.8);
    EXPECT_GT(interval->high, 0.8);
}

TEST(FractionOfIdeal, that_straddles_its_bound_is_inconclusive)
{
    EXPECT_EQ(judge_fraction(run_on_four_nodes(1.25, 0.02), std::nullopt, 0.8).verdict, Verdict::inconclusive);
    EXPECT_EQ(judge_fraction(run_on_four_nodes(2, 0.02), std::nullopt, 0.8).verdict, Verdict::fail);
}

TEST(FractionOfIdeal, above_one_is_a_measurement_error_and_never_green)
{
    const Finding finding = judge_fraction(run_on_four_nodes(0.5, 0.001), std::nullopt, 0.9).findings.at(0);
    EXPECT_EQ(finding.verdict, Verdict::not_measured);
    EXPECT_THAT(finding.why, HasSubstr("measurement error"));
}

TEST(FractionOfIdeal, without_rates_is_not_measured)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 4'000'000, 4, 4), spread_times(1, 0.001));
    const Finding finding = judge_fraction(run, std::nullopt, 0.9).findings.at(0);
    EXPECT_EQ(finding.verdict, Verdict::not_measured);
    EXPECT_THAT(finding.why, HasSubstr("between nodes is not known"));
}

Finding judge_attainable(const MeasuredRun& run, const std::optional<Links>& stated, const std::string& algorithm,
                         double at_least, const std::string& pattern = "allreduce", int a_node = 1)
{
    RunData measured = run.measured();
    measured.nodes_of_ranks = [cases = measured.cases, a_node](int id) {
        return nodes(cases[static_cast<std::size_t>(id)].header.what.ranks, a_node);
    };
    measured.links = stated;
    Target target;
    target.metric = Metric::fraction_of_attainable;
    target.algorithm = parse_algorithm_reference(algorithm).value_or(AlgorithmReference{});
    target.where = {{"pattern", pattern}};
    target.at_least = at_least;
    return judge(std::vector{target}, measured).findings.at(0);
}

/// 2 nodes of 2, 4 MB at 1 GB/s a node: a ring takes 2 * 3/4 * 4 ms = 6 ms, the bound is 4 ms.
MeasuredRun ring_of_four(double seconds, double spread = 0.001, std::size_t samples = 21)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 4'000'000, 4, 2), spread_times(seconds, spread, samples));
    return run;
}

TEST(FractionOfAttainable, passes_what_a_perfect_ring_does_where_the_bound_would_fail_it)
{
    const Links stated = links(1e15, 1e9);
    const Finding finding = judge_attainable(ring_of_four(6.3e-3), stated, "ring", 0.9, "allreduce", 2);
    EXPECT_EQ(finding.verdict, Verdict::pass) << finding.why;
    EXPECT_NEAR(finding.value.estimate.value_or(0), 6 / 6.3, 1e-9);
    EXPECT_NEAR(finding.base_value.value_or(0), 6e-3, 1e-12);
    EXPECT_EQ(finding.basis, "attainable 6.00 ms by ring, 1 GB/s; bound 1.5 GB/s");
    EXPECT_EQ(judge_attainable(ring_of_four(6.3e-3), stated, "best", 0.9, "allreduce", 2).verdict, Verdict::fail);
    EXPECT_EQ(judge_attainable(ring_of_four(7e-3), stated, "ring", 0.9, "allreduce", 2).verdict, Verdict::fail);
}

TEST(FractionOfAttainable, that_straddles_its_bound_or_has_too_few_samples_is_inconclusive)
{
    const Links stated = links(1e15, 1e9);
    EXPECT_EQ(judge_attainable(ring_of_four(6.66e-3, 0.05), stated, "ring", 0.9, "allreduce", 2).verdict,
              Verdict::inconclusive);
    EXPECT_EQ(judge_attainable(ring_of_four(6e-3, 0.001, 5), stated, "ring", 0.9, "allreduce", 2).verdict,
              Verdict::inconclusive);
}

TEST(FractionOfAttainable, may_exceed_1_below_the_physical_bound_and_is_an_error_above_it)
{
    const Links stated = links(1e15, 1e9);
    const Finding tree = judge_attainable(ring_of_four(5e-3), stated, "ring", 0.9, "allreduce", 2);
    EXPECT_EQ(tree.verdict, Verdict::pass);
    EXPECT_NEAR(tree.value.estimate.value_or(0), 1.2, 1e-9);
    const Finding above = judge_attainable(ring_of_four(3e-3), stated, "ring", 0.9, "allreduce", 2);
    EXPECT_EQ(above.verdict, Verdict::not_measured);
    EXPECT_THAT(above.why, HasSubstr("measurement error"));
    // 4 ranks of a node whose switch reduces: S a rank, not 2 * 3/4 S.
    Links reducing = links(1e9, 1e9);
    EXPECT_EQ(judge_attainable(ring_of_four(5e-3), reducing, "best", 0.9, "allreduce", 4).verdict,
              Verdict::not_measured);
    reducing.intra_node->reduces = true;
    EXPECT_EQ(judge_attainable(ring_of_four(5e-3), reducing, "nvls", 0.9, "allreduce", 4).verdict, Verdict::pass);
}

TEST(FractionOfAttainable, is_not_measured_where_links_algorithm_or_place_are_not_known)
{
    EXPECT_THAT(judge_attainable(ring_of_four(6e-3), std::nullopt, "ring", 0.9, "allreduce", 2).why,
                HasSubstr("between nodes is not known"));
    EXPECT_THAT(judge_attainable(ring_of_four(6e-3), links(1e15, 1e9), "used", 0.9, "allreduce", 2).why,
                HasSubstr("is not recorded"));
    EXPECT_THAT(judge_attainable(ring_of_four(6e-3), links(1e15, 1e9), "pairwise", 0.9, "allreduce", 2).why,
                HasSubstr("has no algorithm pairwise"));
    Target target;
    target.metric = Metric::fraction_of_attainable;
    target.at_least = 0.9;
    const MeasuredRun run = ring_of_four(6e-3);
    EXPECT_THAT(judge(std::vector{target}, run.measured()).findings.at(0).why,
                HasSubstr("where its ranks were is not known"));
}

TEST(FractionOfAttainable, is_as_uncertain_as_the_links_that_the_run_measured)
{
    const MeasuredRun run = run_on_four_nodes(1.25, 0.01);
    const auto measured = judge_attainable(run, std::nullopt, "ring", 0.7).value.interval;
    const auto stated = judge_attainable(run, links(std::nullopt, 1e9), "ring", 0.7).value.interval;
    ASSERT_TRUE(measured && stated);
    EXPECT_GT(measured->high - measured->low, stated->high - stated->low);
}

RunData placed(const MeasuredRun& run)
{
    RunData measured = run.measured();
    measured.nodes_of_ranks = [cases = measured.cases](int id) {
        return nodes(cases[static_cast<std::size_t>(id)].header.what.ranks, 1);
    };
    return measured;
}

TEST(IdealTimes, of_a_case_that_was_faster_than_its_usual_algorithm_say_that_another_one_ran)
{
    // 2 nodes of 2 over stated links: a ring takes 2 x 3/4 S, the bound is S.
    const auto ran = [](double seconds, double spread) {
        MeasuredRun run;
        run.add(collective_case("allreduce", 4'000'000, 4, 2), spread_times(seconds, spread));
        RunData measured = run.measured();
        measured.links = links(1e12, 1e9);
        measured.nodes_of_ranks = [](int) { return nodes(4, 2); };
        return ideal_times(measured);
    };
    const IdealTimes slower = ran(7e-3, 0.001);
    EXPECT_NEAR(slower.attainable.at(0).seconds.value_or(0), 6e-3, 1e-12);
    EXPECT_TRUE(slower.outdone.empty());
    const IdealTimes faster = ran(5e-3, 0.001);
    EXPECT_TRUE(faster.attainable.empty());
    EXPECT_EQ(faster.outdone.at(0).algorithm, AlgorithmKind::ring);
    EXPECT_NEAR(faster.outdone.at(0).seconds.value_or(0), 6e-3, 1e-12);
    EXPECT_TRUE(faster.above_bound.empty());
    // Within the uncertainty it may have been the ring.
    EXPECT_TRUE(ran(5.9e-3, 0.2).outdone.empty());
}

TEST(IdealTimes, of_collectives_follow_from_the_pingpongs_which_have_none_of_their_own)
{
    // 2 (N-1)/N S at 1 GB/s: 2 * 3/4 * 4 MB.
    const IdealTimes ideals = ideal_times(placed(run_on_four_nodes(1.25, 0.001)));
    ASSERT_EQ(ideals.seconds.size(), 1U);
    EXPECT_NEAR(ideals.seconds.at(2), 6e-3, 1e-9);
    EXPECT_NEAR(ideals.links.inter_node.value_or(LinkRate{}).bytes_per_s, 1e9, 1);
    EXPECT_FALSE(ideals.inter_node_stated);
    EXPECT_EQ(ideals.attainable.at(2).algorithm, AlgorithmKind::ring);
    EXPECT_NEAR(ideals.attainable.at(2).seconds.value_or(0), 6e-3 + 6 * 1.008e-6, 1e-9);
}

TEST(IdealTimes, do_not_take_a_second_short_message_for_an_endless_rate)
{
    MeasuredRun run = run_on_four_nodes(1.25, 0.001);
    CaseIdentity again = collective_case("pingpong", 0, 4, 4);
    again.bytes = 8;
    run.add(again, spread_times(2 * (1e-6 + 8e-9) + 1e-12, 0.001));
    EXPECT_NEAR(ideal_times(placed(run)).seconds.at(2), 6e-3, 1e-9);
}

TEST(IdealTimes, fall_back_on_the_longest_message_where_none_takes_twice_the_latency)
{
    // 8 B: 1 us one way; 500 B: 1.4 us, so 500 B / 0.4 us.
    MeasuredRun run;
    CaseIdentity pingpong = collective_case("pingpong", 0, 2, 2);
    for (const auto& [bytes, seconds] : {std::pair{8, 2e-6}, std::pair{64, 2.001e-6}, std::pair{500, 2.8e-6}}) {
        pingpong.bytes = static_cast<std::uint64_t>(bytes);
        run.add(pingpong, spread_times(seconds, 0.001));
    }
    EXPECT_NEAR(ideal_times(placed(run)).links.inter_node.value_or(LinkRate{}).bytes_per_s, 500 / 0.4e-6, 1);
}

TEST(IdealTimes, of_stated_links_are_for_every_case)
{
    const MeasuredRun records = run_on_four_nodes(1.25, 0.001);
    RunData run = placed(records);
    run.links = links(std::nullopt, 2e9);
    const IdealTimes ideals = ideal_times(run);
    EXPECT_EQ(ideals.seconds.size(), 3U);
    EXPECT_NEAR(ideals.seconds.at(2), 3e-3, 1e-9);
    EXPECT_TRUE(ideals.inter_node_stated);
}

TEST(IdealTimes, are_not_made_up_where_no_rate_is_known)
{
    MeasuredRun run;
    run.add(collective_case("allreduce", 4'000'000, 4, 4), spread_times(1, 0.001));
    EXPECT_TRUE(ideal_times(placed(run)).seconds.empty());
    EXPECT_TRUE(ideal_times(run.measured()).seconds.empty());
}

TEST(EstimateLinks, pairs_that_share_a_node_add_up_in_both_directions)
{
    // 2 nodes of 2 ranks: two pairs, each 4 messages of 1 MB both ways, in 8 ms: 1 GB/s a node and direction.
    MeasuredRun run;
    CaseIdentity what = collective_case("bidirectional", 1'000'000, 4, 2);
    what.parameters = {{"pairs", "halves"}, {"window", "4"}};
    run.add(what, spread_times(8e-3, 0.001));
    RunData measured = run.measured();
    measured.nodes_of_ranks = [](int) { return nodes(4, 2); };
    CaseTimes times(measured);
    const LinkEstimate found = estimate_links(measured, times);
    ASSERT_TRUE(found.estimate.inter_node);
    EXPECT_NEAR(found.estimate.inter_node->bytes_per_s, 1e9, 1);
    EXPECT_FALSE(found.estimate.intra_node);
    EXPECT_GT(found.fastest.inter_node->bytes_per_s, 1e9);
    EXPECT_LT(found.slowest.inter_node->bytes_per_s, 1e9);
}

TEST(EstimateLinks, pairs_of_both_kinds_tell_nothing)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("pingpong", 1'000'000, 4, 2);
    run.add(what, spread_times(8e-3, 0.001));
    RunData measured = run.measured();
    measured.nodes_of_ranks = [](int) { return std::vector<int>{0, 0, 1, 2}; };
    CaseTimes times(measured);
    const LinkEstimate found = estimate_links(measured, times);
    EXPECT_FALSE(found.estimate.inter_node);
    EXPECT_FALSE(found.estimate.intra_node);
}

}  // namespace
}  // namespace plumbline
