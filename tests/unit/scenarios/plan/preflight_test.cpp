// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/preflight.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string step = "{pattern: training_step, model: megascale-175b, tensor: 8, compute_flops: 1e12, ";

std::vector<Sentence> problems(const std::string& rest, std::optional<int> ranks = std::nullopt)
{
    return preflight_problems(parse_scenario("plumbline: 1\nname: t\n" + rest, "s.yaml"), ranks);
}

TEST(Preflight, names_a_grid_that_does_not_multiply_to_the_ranks)
{
    EXPECT_THAT(
        problems("scale: {ranks: [16, 12, 64]}\ncases:\n  - " + step + "batch_per_replica: 8}\n"),
        ElementsAre(
            "s.yaml:5: key 'cases[0]' can't run at the scale of 12 ranks (12 ranks are not a multiple of tensor 8 x "
            "pipeline 1 = 8). Nearest valid: 8 and 16"));
}

TEST(Preflight, knows_what_all_is_only_when_told_or_simulated)
{
    const std::string all = "scale: {ranks: [all]}\ncases:\n  - " + step + "batch_per_replica: 8}\n";
    EXPECT_THAT(problems(all), IsEmpty());
    EXPECT_THAT(problems(all, 16), IsEmpty());
    EXPECT_THAT(problems(all, 12), ElementsAre(HasSubstr("at the scale of 12 ranks")));
    EXPECT_THAT(problems("backend: sim\nsimulation: {ranks: 20}\n" + all),
                ElementsAre(HasSubstr("at the scale of 20 ranks")));
    EXPECT_THAT(problems("scale: {ranks: [12, all]}\ncases:\n  - " + step + "batch_per_replica: 8}\n"),
                ElementsAre(HasSubstr("at the scale of 12 ranks")));
    EXPECT_THAT(problems("scale: {nodes: [1, 2]}\ncases:\n  - " + step + "batch_per_replica: 8}\n", 12), IsEmpty());
    EXPECT_THROW(problems("scale: {ranks: [32]}\ncases:\n  - " + step + "batch_per_replica: 8}\n", 16), ConfigError);
}

TEST(Preflight, names_what_depends_on_the_scale_of_every_workload)
{
    EXPECT_THAT(problems("scale: {ranks: [48]}\ncases:\n  - " + step + "global_batch: 16}\n"),
                ElementsAre(HasSubstr(
                    "global_batch 16 can't be split evenly over 6 replicas of micro-batches of 1). Nearest valid: "
                    "12 and 18")));
    EXPECT_THAT(
        problems("scale: {ranks: [3, 4, 6]}\ncases:\n  - {pattern: expert_parallel, experts: 4, top_k: 2}\n"),
        ElementsAre(HasSubstr("(4 experts can't be split evenly over 3 ranks). The nearest valid numbers are 3 and 6"),
                    HasSubstr("(4 experts can't be split evenly over 6 ranks). The nearest valid number is 6")));
}

TEST(Preflight, names_a_grid_of_more_ranks_than_an_int_holds)
{
    const std::string huge =
        "{pattern: training_step, model: {layers: 65536, hidden: 65536, heads: 65536, sequence: 8, vocabulary: 8}, "
        "compute_flops: 1e12, tensor: 65536, ";
    const auto at_16 = [&](const std::string& rest) {
        return problems("scale: {ranks: [16]}\ncases:\n  - " + huge + rest + "}\n");
    };
    EXPECT_THAT(
        at_16("pipeline: 65536, batch_per_replica: 8"),
        ElementsAre("s.yaml:5: key 'cases[0]' can't run at the scale of 16 ranks (16 ranks are not a multiple of "
                    "tensor 65536 x pipeline 65536 = 4294967296). Nearest valid: 4294967296"));
    EXPECT_THAT(at_16("pipeline: 32768, batch_per_replica: 8"),
                ElementsAre(HasSubstr("pipeline 32768 = 2147483648). Nearest valid: 2147483648")));
    EXPECT_THAT(
        problems(
            "scale: {ranks: [65536]}\ncases:\n  - {pattern: "
            "training_step, model: megascale-175b, compute_flops: 1e12, microbatch: 65536, global_batch: 65536}\n"),
        ElementsAre(HasSubstr("over 65536 replicas of micro-batches of 65536). Nearest valid: 4294967296")));
}

TEST(Preflight, takes_experts_of_a_model_that_has_some)
{
    EXPECT_THAT(problems("scale: {ranks: [16]}\ncases:\n  - " + step + "batch_per_replica: 8, expert: 2, top_k: 2}\n"),
                IsEmpty());
}

TEST(Preflight, leaves_collectives_that_need_a_partner_alone)
{
    EXPECT_THAT(problems("scale: {ranks: [1, 2]}\ncases:\n  - {pattern: pingpong, bytes: 8}\n"), IsEmpty());
}

TEST(Preflight, names_mfu_of_a_case_without_peak_flops)
{
    const std::string target = "targets:\n  - {name: m, metric: mfu, at_least: 50%}\n";
    EXPECT_THAT(problems("cases:\n  - " + step + "batch_per_replica: 8, peak_flops: 312e12}\n" + target),
                ElementsAre(HasSubstr(
                    "which compute_kind spin doesn't do: it takes the seconds that compute_flops states). Use "
                    "compute_kind: gemm")));
    EXPECT_THAT(problems("cases:\n  - " + step + "batch_per_replica: 8, compute_kind: gemm}\n" + target),
                ElementsAre("s.yaml:4: key 'cases[0].peak_flops' is missing (target 'm' wants mfu, the share of it "
                            "that is reached). Add "
                            "for example 312e12"));
    EXPECT_THAT(
        problems("cases:\n  - " + step + "batch_per_replica: 8, compute_kind: gemm, peak_flops: 312e12}\n" + target),
        IsEmpty());
}

TEST(Preflight, names_a_target_whose_metric_applies_to_no_case_it_chooses)
{
    const auto with = [](const std::string& pattern, const std::string& metric) {
        return problems("scale: {ranks: [2, 4]}\ncases:\n  - {pattern: " + pattern +
                        "}\ntargets:\n  - {name: t, metric: " + metric + ", at_least: 0.5}\n");
    };
    EXPECT_THAT(
        with("barrier", "weak_efficiency"),
        ElementsAre("s.yaml:7: key 'targets[0]' can't be judged (weak_efficiency applies to a training step, not "
                    "to barrier). Use time"));
    EXPECT_THAT(with("bisect, bytes: 1MiB", "busbw_retention"), ElementsAre(HasSubstr("not to bisect). Use time")));
    EXPECT_THAT(with("links, bytes: 1MiB", "busbw_retention"), IsEmpty());
    EXPECT_THAT(
        problems("scale: {ranks: [2, 4]}\ncases:\n  - {pattern: barrier}\n  - {pattern: data_parallel, compute: "
                 "1ms, gradient_bytes: 8}\ntargets:\n  - {name: t, metric: weak_efficiency, at_least: 0.5}\n"),
        IsEmpty());
}

TEST(Preflight, names_scales_of_a_target_that_no_case_has)
{
    const std::string cases =
        "scale: {ranks: [8, 16]}\ncases:\n  - {pattern: allreduce, bytes: 8}\n  - {pattern: alltoall, bytes: 8, scale: "
        "{ranks: [8, 64]}}\n";
    const auto target = [&](const std::string& rest) {
        return problems(cases + "targets:\n  - {name: r, metric: busbw_retention, at_least: 90%, " + rest + "}\n");
    };
    EXPECT_THAT(target("base_ranks: 8, at_ranks: 64"), IsEmpty());
    EXPECT_THAT(target("base_ranks: 8, at_ranks: all"), IsEmpty());
    EXPECT_THAT(
        target("where: {pattern: allreduce}, base_ranks: 4, at_ranks: 64"),
        ElementsAre(
            "s.yaml:8: key 'targets[0].base_ranks' is '4' (no case that it applies to has that many ranks). The "
            "nearest "
            "valid value is 8",
            "s.yaml:8: key 'targets[0].at_ranks' is '64' (no case that it applies to has that many ranks). The nearest "
            "valid value is 16"));
    EXPECT_THAT(
        target("where: {pattern: allgather}"),
        ElementsAre(
            "s.yaml:8: key 'targets[0]' chooses no case (none has pattern=allgather). There are cases of allreduce, "
            "alltoall"));
}

TEST(Preflight, names_nodes_of_a_target_that_no_case_has_where_nodes_are_known)
{
    const auto with = [&](const std::string& scale, const std::string& target) {
        return problems(
            scale +
            "\ncases:\n  - {pattern: allreduce, bytes: 8}\ntargets:\n  - {name: r, metric: busbw, at_least: 1, " +
            target + "}\n");
    };
    EXPECT_THAT(with("scale: {nodes: [1, 2, 4]}", "at_nodes: 4"), IsEmpty());
    EXPECT_THAT(with("scale: {nodes: [1, 2, 4]}", "at_nodes: 64"),
                ElementsAre("s.yaml:7: key 'targets[0].at_nodes' is '64' (no case that it applies to has that many "
                            "nodes). The nearest valid value is 4"));
    EXPECT_THAT(with("scale: {nodes: [1, all]}", "at_nodes: 64"), IsEmpty());
    EXPECT_THAT(with("scale: {ranks: [8, 16]}", "at_nodes: 64"), IsEmpty()) << "how many a node has isn't known";
    EXPECT_THAT(with("scale: {ranks: [8, 16]}", "where: {nodes: 2}"), IsEmpty());
}

TEST(Preflight, says_nothing_of_a_target_where_all_may_be_its_scale)
{
    const std::string rest =
        "scale: {ranks: [8, all]}\ncases:\n  - {pattern: allreduce, bytes: 8}\ntargets:\n  - {name: r, metric: "
        "busbw_retention, at_least: 90%, at_ranks: 64}\n";
    EXPECT_THAT(problems(rest), IsEmpty());
    EXPECT_THAT(problems(rest, 64), IsEmpty());
    EXPECT_THAT(problems(rest, 32), ElementsAre(HasSubstr("The nearest valid value is 32")));
}

TEST(Foresight, says_what_a_target_lacks_where_all_that_it_could_speak_of_is_chained)
{
    const auto with = [](const std::string& timing, const std::string& more) {
        return problems("backend: sim\ncases:\n  - {pattern: allreduce, bytes: 8, timing: " + timing +
                        "}\ntargets:\n  - {name: a, metric: busbw, where: {pattern: allreduce" + more +
                        "}, at_ranks: all, at_least: 1GB/s}\n");
    };
    EXPECT_THAT(with("chained", ""), ElementsAre("s.yaml:7: key 'targets[0]' chooses no case (those of "
                                                 "pattern=allreduce are chained). Add 'timing: chained' to its "
                                                 "'where'"));
    EXPECT_THAT(with("chained", ", timing: chained"), IsEmpty());
    EXPECT_THAT(with("[drained, chained]", ""), IsEmpty());
    EXPECT_THAT(with("drained", ", timing: chained"),
                ElementsAre(HasSubstr("none has pattern=allreduce, timing=chained")));
}

std::vector<std::string> of_targets(const std::string& entry)
{
    const auto targets = parse_targets("targets: [{name: t, " + entry + "}]", "t.yaml");
    return target_problems(targets, std::vector{1}, "t.yaml");
}

std::vector<std::string> doubts_of(const std::string& entries)
{
    const auto targets = parse_targets("targets: [{name: t, " + entries + "}]", "t.yaml");
    std::vector<std::string> doubts;
    for (const Sentence& doubt : target_doubts(targets, std::vector<int>(targets.size(), 1), "t.yaml")) {
        doubts.push_back(doubt.english());
    }
    return doubts;
}

TEST(TargetProblems, name_a_metric_that_no_case_of_the_pattern_has)
{
    EXPECT_THAT(
        of_targets("metric: busbw, where: {pattern: barrier}, at_least: 1GB/s"),
        ElementsAre("t.yaml:1: key 'targets[0]' can't be judged (busbw is undefined for barrier, which moves no "
                    "bytes). Use time"));
    EXPECT_THAT(of_targets("metric: weak_efficiency, where: {pattern: allreduce}, at_least: 90%"),
                ElementsAre(HasSubstr("(weak_efficiency applies to a training step, not to allreduce). Use "
                                      "busbw_retention")));
    EXPECT_THAT(of_targets("metric: algbw, where: {pattern: data_parallel}, at_least: 1GB/s"),
                ElementsAre(HasSubstr("algbw applies to a collective, not to data_parallel")));
    EXPECT_THAT(of_targets("metric: fraction_of_ideal, where: {pattern: alltoallv}, at_least: 90%"),
                ElementsAre(HasSubstr("no closed form of the least time of alltoallv")));
    EXPECT_THAT(of_targets("metric: fraction_of_attainable, where: {pattern: barrier}, at_least: 90%"),
                ElementsAre(HasSubstr("no algorithm of barrier is modelled")));
    for (const char* possible : {"metric: busbw, where: {pattern: links}, at_least: 1GB/s",
                                 "metric: strong_efficiency, where: {pattern: training_step}, at_least: 90%",
                                 "metric: mfu, where: {pattern: training_step}, at_least: 40%",
                                 "metric: fraction_of_ideal, where: {pattern: barrier}, at_least: 90%",
                                 "metric: hangs, at_most: 0", "unmeasured: colour"}) {
        EXPECT_THAT(of_targets(possible), IsEmpty()) << possible;
    }
}

TEST(TargetDoubts, are_of_bounds_that_the_worse_side_passes)
{
    EXPECT_THAT(
        doubts_of("metric: weak_efficiency, at_most: 90%"),
        ElementsAre("t.yaml:1: target 't' is passed by a weak_efficiency of 90 % or worse (at_most). Write at_least "
                    "if better is meant"));
    EXPECT_THAT(doubts_of("metric: time_p99, at_least: 60us"), ElementsAre(HasSubstr("of 60 us or worse")));
    EXPECT_THAT(doubts_of("metric: bubble_fraction, at_least: 10%"), ElementsAre(HasSubstr("Write at_most if")));
    for (const char* usual :
         {"metric: time, at_most: 60us", "metric: busbw, at_least: 1GB/s", "metric: mtbf, at_least: 9h",
          "metric: recovery_time, at_most: 30min", "metric: hangs, at_most: 0", "unmeasured: colour"}) {
        EXPECT_THAT(doubts_of(usual), IsEmpty()) << usual;
    }
}

TEST(TargetDoubts, are_of_times_without_a_unit)
{
    EXPECT_THAT(doubts_of("metric: time, where: {pattern: allreduce, bytes: 8}, at_most: 60"),
                ElementsAre("t.yaml:1: target 't' has a time without a unit, which is in seconds: 1 min. Write the "
                            "unit if another is meant, such as 60us or 72h"));
    EXPECT_THAT(doubts_of("metric: uptime, at_least: 720"), ElementsAre(HasSubstr("in seconds: 12 min")));
    EXPECT_THAT(doubts_of("metric: busbw, at_least: 400"), IsEmpty());
}

TEST(TargetDoubts, are_of_an_mtbf_that_the_uptime_asked_for_cannot_prove)
{
    // Without a failure T proves T / -ln(1 - confidence): 3 d are 1.0014 d at 95 %, and 30 d take 89.9 d.
    EXPECT_THAT(doubts_of("metric: mtbf, at_least: 1d}, {name: u, metric: uptime, at_least: 3d"), IsEmpty());
    EXPECT_THAT(doubts_of("metric: mtbf, at_least: 30d}, {name: u, metric: uptime, at_least: 3d"),
                ElementsAre(AllOf(HasSubstr("target 't' may stay open: 3 d without an interruption, which target 'u' "
                                            "asks for, prove an MTBF of at least "),
                                  HasSubstr("at 95 %; for 30 d it takes 89.9 d"))));
}

}  // namespace
}  // namespace plumbline
