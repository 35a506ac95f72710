// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "results/verdicts/case_filter.hpp"
#include "scenarios/model/scenario.hpp"
#include "scenarios/plan/time_bound.hpp"
#include "scenarios/yaml/scenario.hpp"
#include "tests/support/planned.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using test::even;
using test::plan;
using test::scenario;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<int> ranks_of(const Plan& plan)
{
    std::vector<int> ranks;
    for (const Case& c : plan.cases) {
        ranks.push_back(c.what.ranks);
    }
    return ranks;
}

std::string refusal(const std::string& cases, const std::string& settings, const Topology& topology)
{
    try {
        plan(cases, settings, topology);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Plan, writes_cases_entry_by_entry_then_dtype_op_in_place_bytes_scale)
{
    const Plan made = plan(
        "  - {pattern: allreduce, dtype: [float32, int8], op: [sum, max], in_place: both, bytes: [8, 16]}\n"
        "  - {pattern: barrier}\n",
        "scale: {ranks: [1, 2]}", even(1, 2));
    std::vector<std::tuple<DataType, ReduceOp, bool, std::uint64_t, int>> expected;
    for (const DataType dtype : {DataType::float32, DataType::int8}) {
        for (const ReduceOp op : {ReduceOp::sum, ReduceOp::max}) {
            for (const bool in_place : {false, true}) {
                for (const std::uint64_t bytes : {8U, 16U}) {
                    for (const int ranks : {1, 2}) {
                        expected.emplace_back(dtype, op, in_place, bytes, ranks);
                    }
                }
            }
        }
    }
    ASSERT_EQ(made.cases.size(), expected.size() + 2);
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const CaseIdentity& what = made.cases[i].what;
        EXPECT_EQ(std::tuple(what.dtype, what.op, what.in_place, what.bytes, what.ranks), expected[i]) << i;
        EXPECT_EQ(what.pattern, "allreduce");
        EXPECT_EQ(made.cases[i].entry, 0U);
    }
    EXPECT_EQ(made.cases.back().what.pattern, "barrier");
    EXPECT_EQ(made.cases.back().what.bytes, 0U);
    EXPECT_EQ(made.cases.back().entry, 1U);
    for (std::size_t i = 0; i < made.cases.size(); ++i) {
        EXPECT_EQ(made.cases[i].id, static_cast<int>(i));
        EXPECT_THAT(made.cases[i].skip, IsEmpty());
    }
}

TEST(Plan, merges_scales_that_are_the_same_once_all_is_known)
{
    const std::string barrier = "  - {pattern: barrier}\n";
    EXPECT_THAT(ranks_of(plan(barrier, "scale: {ranks: [1, 2, all]}", even(1, 2))), ElementsAre(1, 2));
    EXPECT_THAT(ranks_of(plan(barrier, "scale: {ranks: [1, 2, all]}", even(1, 5))), ElementsAre(1, 2, 5));
    EXPECT_THAT(ranks_of(plan(barrier, "scale: {ranks: [2, 2, 1]}", even(1, 2))), ElementsAre(2, 1));
    EXPECT_THAT(ranks_of(plan(barrier, "", even(1, 3))), ElementsAre(3));
}

TEST(Plan, refuses_scales_above_the_launch_naming_both)
{
    const std::string barrier = "  - {pattern: barrier}\n";
    EXPECT_EQ(refusal(barrier, "scale: {ranks: [1, 8]}", even(1, 4)),
              "test.yaml: scale.ranks: 8 is more than the 4 ranks of this launch. Start with mpirun -n 8 or set "
              "scale.ranks to at most 4");
    EXPECT_THAT(refusal(barrier, "scale: {ranks: 2}", even(1, 1)), HasSubstr("2 is more than the 1 rank of this"));
    EXPECT_THAT(refusal(barrier, "scale: {nodes: 3}", even(2, 4)),
                HasSubstr("scale.nodes: 3 is more than the 2 nodes of this launch. Start on more nodes"));
    EXPECT_THAT(refusal(barrier, "backend: sim\nscale: {ranks: 8}", even(1, 4)), HasSubstr("Set simulation.ranks"));
    EXPECT_THAT(refusal("  - {pattern: barrier, scale: {ranks: 8}}\n", "", even(1, 4)),
                HasSubstr("cases[0].scale.ranks: 8"));
}

TEST(Plan, refuses_a_scenario_without_cases)
{
    EXPECT_THROW(make_plan(Scenario{}, even(1, 1)), ConfigError);
}

TEST(Plan, refuses_more_work_than_a_run_can_hold)
{
    const std::string many = "  - {pattern: allreduce, bytes: {from: 8, to: 8GiB}, scale: {ranks: [1, 2, 3, 4]}}\n";
    // 31 sizes x 4 scales x 10,000 rounds.
    EXPECT_THAT(refusal(many, "rounds: 10000", even(1, 4)), HasSubstr("more than 1000000"));
}

TEST(Plan, takes_a_case_s_own_scale_and_stop)
{
    const Plan made =
        plan("  - {pattern: barrier, scale: {ranks: 2}, stop: {max_seconds: 7}}\n  - {pattern: barrier}\n",
             "scale: {placement: spread}\nstop: {max_seconds: 3}", even(2, 2));
    ASSERT_EQ(made.cases.size(), 2U);
    EXPECT_EQ(made.cases[0].what.ranks, 2);
    EXPECT_EQ(made.cases[0].what.placement, Placement::spread);
    EXPECT_EQ(made.cases[0].what.nodes, 2);
    EXPECT_EQ(made.cases[0].stop.max_seconds, 7);
    EXPECT_EQ(made.cases[1].what.ranks, 4);
    EXPECT_EQ(made.cases[1].stop.max_seconds, 3);
}

TEST(Plan, counts_the_nodes_that_the_ranks_lie_on)
{
    const Plan compact = plan("  - {pattern: barrier}\n", "scale: {ranks: [1, 4, 5, all]}", even(2, 4));
    std::vector<int> nodes;
    for (const Case& c : compact.cases) {
        nodes.push_back(c.what.nodes);
    }
    EXPECT_THAT(nodes, ElementsAre(1, 1, 2, 2));
}

TEST(Plan, scales_in_nodes_have_all_ranks_of_them)
{
    const Topology unequal{{0, 0, 0, 0, 1, 2, 2, 2}};
    const Plan made = plan("  - {pattern: barrier}\n", "scale: {nodes: [1, 2, all]}", unequal);
    EXPECT_THAT(ranks_of(made), ElementsAre(4, 5, 8));
    for (const Case& c : made.cases) {
        EXPECT_EQ(case_ranks(c, unequal).size(), static_cast<std::size_t>(c.what.ranks));
    }
    EXPECT_EQ(made.cases[1].what.nodes, 2);
}

TEST(Plan, subsets_are_different_rank_sets_of_a_scale)
{
    const Topology topology = even(1, 8);
    const Plan made = plan("  - {pattern: barrier}\n", "scale: {ranks: [3, 4, all], subsets: 3}", topology);
    // Of 4 in 8 there are two, of all there is one.
    EXPECT_THAT(ranks_of(made), ElementsAre(3, 3, 3, 4, 4, 8));
    std::set<std::vector<int>> sets;
    for (const Case& c : made.cases) {
        sets.insert(case_ranks(c, topology));
    }
    EXPECT_EQ(sets.size(), made.cases.size());
}

/// The slots of a plan as "case case | case", those of one turn together.
std::string turns_of(const Plan& plan, int round = 0)
{
    std::string text;
    int last = -1;
    for (const Slot& slot : plan.order) {
        if (slot.round == round) {
            const bool joined = slot.turn >= 0 && slot.turn == last;
            text += (text.empty() ? "" : joined ? " " : " | ") + std::to_string(slot.case_index);
            last = slot.turn;
        }
    }
    return text;
}

TEST(Plan, subsets_without_a_common_node_take_one_turn_where_that_is_asked_for)
{
    const std::string cases = "  - {pattern: barrier}\n  - {pattern: links, bytes: 8}\n";
    const std::string in_order = "order: {shuffle: false}\nscale: {ranks: [2, all], subsets: 3, placement: spread";
    // Two ranks on two nodes each, of six nodes; all ranks; links in turn.
    EXPECT_EQ(turns_of(plan(cases, in_order + ", at_once: true}", even(6, 2))), "0 1 2 | 3 | 4 | 5 | 6 | 7");
    EXPECT_EQ(turns_of(plan(cases, in_order + "}", even(6, 2))), "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7");
    // They may meet in switches: nobody takes them for cases that had the network for themselves.
    const Plan together = plan(cases, in_order + ", at_once: true}", even(6, 2));
    EXPECT_EQ(together.cases[0].what.parameters.at("at_once"), "true");
    EXPECT_FALSE(together.cases[4].what.parameters.contains("at_once")) << "links have it for themselves";
    EXPECT_TRUE(plan(cases, in_order + "}", even(6, 2)).cases[0].what.parameters.empty());
    // Of four nodes the third set has those of the first.
    EXPECT_EQ(turns_of(plan(cases, in_order + ", at_once: true}", even(4, 2))), "0 1 | 2 | 3 | 4 | 5 | 6 | 7");
    // On one node all share it.
    EXPECT_EQ(turns_of(plan(cases, in_order + ", at_once: true}", even(1, 8))), "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7");
}

TEST(Plan, turns_are_shuffled_as_they_are_and_what_is_not_measured_takes_none)
{
    const Plan made = plan("  - {pattern: allreduce, bytes: [8, 64, 512]}\n  - {pattern: pingpong, bytes: 8}\n",
                           "rounds: 4\nscale: {nodes: [1], subsets: 3, at_once: true}", even(3, 1));
    std::set<std::string> orders;
    for (int round = 0; round < 4; ++round) {
        orders.insert(turns_of(made, round));
    }
    EXPECT_GT(orders.size(), 1U);
    std::map<int, std::set<int>> nodes;
    std::size_t together = 0;
    for (const Slot& slot : made.order) {
        const Case& c = made.cases[slot.case_index];
        EXPECT_EQ(slot.turn < 0, !c.skip.empty()) << c.skip;
        for (const int rank : case_ranks(c, even(3, 1))) {
            EXPECT_TRUE(slot.turn < 0 || nodes[slot.turn].insert(rank).second) << "no node twice in a turn";
        }
        together += slot.turn >= 0 ? 1 : 0;
    }
    EXPECT_EQ(together, 3 * nodes.size());
}

TEST(Plan, names_what_a_case_runs_with)
{
    const Plan made = plan(
        "  - {pattern: bidirectional, bytes: 8, window: 4, pairs: halves}\n"
        "  - {pattern: alltoallv, bytes: 64, skew: {kind: uniform}}\n"
        "  - {pattern: alltoallv, bytes: 64, skew: {kind: zipf, factor: 1.5, seed: 9}}\n"
        "  - {pattern: alltoallv, bytes: 64, skew: {kind: random, seed: 9}}\n"
        "  - {pattern: pipeline, schedule: gpipe, microbatches: 16, activation_bytes: 1KiB, forward: 500us, "
        "backward: 1ms}\n"
        "  - {pattern: data_parallel, compute: 5ms, gradient_bytes: 1MiB, dtype: float16}\n"
        "  - {pattern: reduce, bytes: 8, root: 1}\n",
        "", even(1, 2));
    using Parameters = std::map<std::string, std::string>;
    ASSERT_EQ(made.cases.size(), 7U);
    EXPECT_EQ(made.cases[0].what.parameters, (Parameters{{"pairs", "halves"}, {"window", "4"}}));
    EXPECT_EQ(made.cases[1].what.parameters, Parameters{});
    EXPECT_EQ(
        made.cases[2].what.parameters,
        (Parameters{{"skew", "zipf"}, {"skew_bytes", "of_hottest_rank"}, {"skew_factor", "1.5"}, {"skew_seed", "9"}}));
    EXPECT_EQ(made.cases[3].what.parameters, (Parameters{{"skew", "random"}, {"skew_seed", "9"}}));
    EXPECT_EQ(
        made.cases[4].what.parameters,
        (Parameters{{"schedule", "gpipe"}, {"microbatches", "16"}, {"forward_s", "0.0005"}, {"backward_s", "0.001"}}));
    EXPECT_EQ(made.cases[4].what.bytes, 1024U);
    EXPECT_EQ(made.cases[5].what.parameters, (Parameters{{"compute_s", "0.005"}}));
    EXPECT_EQ(made.cases[5].what.bytes, 1048576U);
    EXPECT_EQ(made.cases[5].what.dtype, DataType::float16);
    EXPECT_EQ(made.cases[6].what.root, 1);
}

TEST(Plan, every_parameter_of_a_case_can_be_asked_for_in_a_target)
{
    const Plan made = plan(
        "  - {pattern: bidirectional, bytes: 8}\n"
        "  - {pattern: alltoallv, bytes: 64, skew: {kind: hot, factor: 2.5}}\n"
        "  - {pattern: pipeline, activation_bytes: 8, forward: 1us, backward: 0.3}\n"
        "  - {pattern: data_parallel, compute: 3min, gradient_bytes: 8}\n",
        "", even(1, 2));
    for (const Case& c : made.cases) {
        for (const auto& [key, value] : c.what.parameters) {
            const auto targets = parse_targets(
                "targets: [{name: t, metric: time, where: {" + key + ": " + value + "}, at_most: 1}]", "targets.yaml");
            EXPECT_EQ(targets.at(0).where.at(key), value);
        }
    }
}

struct ImpossibleRow {
    std::string entry;
    int ranks;
    std::string why;
};

TEST(Plan, skips_what_can_never_run_with_its_reason)
{
    const std::vector<ImpossibleRow> rows{
        {"{pattern: allreduce, bytes: 3}", 2, "3 B are less than one float32 for each of 2 ranks"},
        {"{pattern: alltoall, bytes: 15}", 4, "15 B are less than one float32 for each of 4 ranks"},
        {"{pattern: allgather, dtype: float64, bytes: 31}", 4, "31 B are less than one float64 for each of 4 ranks"},
        {"{pattern: pingpong, bytes: 8}", 1, "pingpong needs a partner (there is 1 rank)"},
        {"{pattern: bidirectional, bytes: 8}", 1, "bidirectional needs a partner (there is 1 rank)"},
        {"{pattern: broadcast, bytes: 8, root: 2}", 2, "root 2 is not there (the case has 2 ranks)"},
        {"{pattern: bidirectional, bytes: 4611686018427387904, window: 2}", 2, "don't fit into any memory"},
        {"{pattern: pipeline, activation_bytes: 1152921504606846976, microbatches: 8, forward: 1, backward: 1}", 2,
         "8 messages of 1152921504606846976 B don't fit into any memory"},
        // 8,191 matchings, 2 samples each, 6 passes, 28 B of each of 8,192 ranks.
        {"{pattern: links, bytes: 8}", 8192, "the samples of so many links would take 21 GiB on one rank"},
    };
    for (const ImpossibleRow& row : rows) {
        const Plan made = plan("  - " + row.entry + "\n", "rounds: 3", even(1, row.ranks));
        ASSERT_EQ(made.cases.size(), 1U) << row.entry;
        EXPECT_THAT(made.cases[0].skip, HasSubstr(row.why)) << row.entry;
        EXPECT_THAT(made.order, ElementsAre(Slot{0, 0})) << row.entry;
        EXPECT_EQ(bound_slot(made.cases[0], Scenario{}, {}).total_s(), 0) << row.entry;
    }
}

TEST(Plan, runs_the_smallest_call_of_each_operation)
{
    const std::vector<std::pair<std::string, int>> rows{
        {"{pattern: allreduce, bytes: 4}", 4},
        {"{pattern: alltoall, bytes: 16}", 4},
        {"{pattern: sendrecv, bytes: 4}", 1},
        {"{pattern: pingpong, bytes: 4}", 3},
        {"{pattern: broadcast, bytes: 4, root: 2}", 3},
        {"{pattern: pipeline, activation_bytes: 1, forward: 1us, backward: 1us}", 1},
        {"{pattern: links, bytes: 8, peers: 8}", 12288},
        {"{pattern: links, bytes: 8}", 4096},
    };
    for (const auto& [entry, ranks] : rows) {
        EXPECT_THAT(plan("  - " + entry + "\n", "", even(1, ranks)).cases.at(0).skip, IsEmpty()) << entry;
    }
}

const std::string ten_sizes = "  - {pattern: allreduce, bytes: {from: 8, to: 4096}}\n";

TEST(Plan, every_case_stands_once_in_every_round)
{
    for (const std::string shuffle : {"true", "false"}) {
        const Plan made = plan(ten_sizes, "rounds: 3\norder: {shuffle: " + shuffle + "}", even(1, 2));
        ASSERT_EQ(made.order.size(), 30U);
        for (int round = 0; round < 3; ++round) {
            std::set<std::size_t> seen;
            for (std::size_t i = 0; i < 10; ++i) {
                const Slot& slot = made.order[static_cast<std::size_t>(round) * 10 + i];
                EXPECT_EQ(slot.round, round);
                seen.insert(slot.case_index);
            }
            EXPECT_EQ(seen.size(), 10U);
        }
    }
}

TEST(Plan, keeps_the_order_as_written_when_not_shuffled)
{
    const Plan made = plan(ten_sizes, "rounds: 2\norder: {shuffle: false}", even(1, 2));
    for (std::size_t i = 0; i < made.order.size(); ++i) {
        EXPECT_EQ(made.order[i].case_index, i % 10);
    }
}

TEST(Plan, shuffles_each_round_anew_and_repeats_with_the_seed)
{
    const Plan made = plan(ten_sizes, "rounds: 2", even(1, 2));
    EXPECT_EQ(made.order, plan(ten_sizes, "rounds: 2", even(1, 2)).order);
    EXPECT_NE(made.order, plan(ten_sizes, "rounds: 2\norder: {seed: 2}", even(1, 2)).order);
    std::vector<std::size_t> first;
    std::vector<std::size_t> second;
    for (const Slot& slot : made.order) {
        (slot.round == 0 ? first : second).push_back(slot.case_index);
    }
    EXPECT_NE(first, second);
    EXPECT_FALSE(std::is_sorted(first.begin(), first.end()));
}

struct BufferRow {
    std::string entry;
    std::uint64_t bytes;
};

TEST(Plan, knows_the_buffers_of_the_rank_that_needs_most)
{
    const std::vector<BufferRow> rows{
        {"{pattern: allreduce, bytes: 1024}", 2048},
        {"{pattern: allreduce, bytes: 1024, in_place: true}", 1024},
        {"{pattern: allgather, bytes: 1024}", 1024 + 256},
        {"{pattern: gather, bytes: 1024, root: 3}", 1024 + 256},
        {"{pattern: gather, bytes: 1024, root: 1}", 1024 + 256},
        {"{pattern: broadcast, bytes: 1024}", 1024},
        {"{pattern: alltoallv, bytes: 1024}", 2048},
        // One receiver gets twice the mean of each sender: it sends 1024 and receives 2048.
        {"{pattern: alltoallv, bytes: 1024, skew: {kind: hot, factor: 2}}", 4 * (64 + 3 * 21) + 1024},
        {"{pattern: barrier}", 0},
    };
    for (const BufferRow& row : rows) {
        const Scenario read = scenario("  - " + row.entry + "\n");
        const Plan made = make_plan(read, even(1, 4));
        EXPECT_EQ(case_buffer_bytes(made.cases.at(0)), row.bytes) << row.entry;
    }
}

TEST(Plan, memory_bound_is_that_of_the_largest_case_that_runs)
{
    const Scenario read = scenario(
        "  - {pattern: allreduce, bytes: [1024, 4096, 64]}\n"
        "  - {pattern: broadcast, bytes: 1GiB, root: 9}\n");
    EXPECT_EQ(bound_memory(make_plan(read, even(1, 2)), read, {}).buffers, 8192U);
}

class MatrixPlan : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ =
            std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    Scenario with_matrix(const std::string& table) const
    {
        std::ofstream(folder_ / "table.txt") << table;
        return parse_scenario(
            "plumbline: 1\nname: t\ncases: [{pattern: alltoallv, skew: {kind: matrix, file: table.txt}}]",
            (folder_ / "scenario.yaml").string());
    }

    std::filesystem::path folder_;
};

TEST_F(MatrixPlan, identity_has_the_bottleneck_and_a_hash_of_the_table)
{
    const Plan made = make_plan(with_matrix("0 8\n24 4\n"), even(1, 2));
    EXPECT_EQ(made.cases.at(0).what.bytes, 28U);
    EXPECT_EQ(made.cases.at(0).what.parameters.at("skew"), "matrix");
    const std::string hash = made.cases.at(0).what.parameters.at("matrix");
    EXPECT_THAT(hash, testing::MatchesRegex("[0-9a-f]{16}"));
    EXPECT_EQ(make_plan(with_matrix("0, 8\n24, 4\n"), even(1, 2)).cases.at(0).what.parameters.at("matrix"), hash);
    EXPECT_NE(make_plan(with_matrix("0 8\n24 3\n"), even(1, 2)).cases.at(0).what.parameters.at("matrix"), hash);
}

TEST_F(MatrixPlan, is_skipped_on_another_number_of_ranks)
{
    const Plan made = make_plan(with_matrix("0 8\n24 4\n"), even(1, 3));
    EXPECT_THAT(made.cases.at(0).skip, HasSubstr("table.txt is for 2 ranks (the case has 3)"));
}

// --- the shipped scenarios ----------------------------------------------------------------------------------------

std::vector<std::filesystem::path> bundled_scenarios()
{
    const std::filesystem::path folder = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "scenarios";
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        // Profiles are targets without cases.
        if (entry.path().extension() == ".yaml" && entry.path().parent_path().filename() != "profiles" &&
            entry.path().parent_path().filename() != "references") {
            files.push_back(entry.path());
        }
    }
    return files;
}

TEST(ShippedScenarios, are_all_there)
{
    std::set<std::string> names;
    for (const auto& path : bundled_scenarios()) {
        names.insert(path.filename().string());
    }
    EXPECT_THAT(names, testing::IsSupersetOf({"quickstart.yaml", "acceptance.yaml", "allreduce-sweep.yaml",
                                              "alltoall-sweep.yaml", "pipeline.yaml"}));
}

TEST(ShippedScenarios, plan_without_a_skipped_case_from_two_ranks_on)
{
    for (const auto& path : bundled_scenarios()) {
        const Scenario read = load_scenario(path);
        for (const Topology& topology : {even(1, 2), even(1, 4), even(8, 8)}) {
            const Plan made = make_plan(read, topology);
            for (const Case& c : made.cases) {
                EXPECT_EQ(c.skip, "") << path << ": " << describe(c.what);
            }
        }
    }
}

TEST(ShippedScenarios, say_what_they_need_when_started_alone)
{
    for (const auto& path : bundled_scenarios()) {
        const Scenario read = load_scenario(path);
        if (read.name == "admission") {  // 'plumbline admit' says it, of nodes
            continue;
        }
        try {
            make_plan(read, even(1, 1));
            ADD_FAILURE() << path << " was planned on 1 rank";
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr("2 is more than the 1 rank of this launch. Start with mpirun -n 2"));
        }
    }
}

TEST(ShippedScenarios, have_a_case_for_each_of_their_targets)
{
    for (const auto& path : bundled_scenarios()) {
        const Scenario read = load_scenario(path);
        const Plan made = make_plan(read, even(1, 4));
        EXPECT_EQ(read.targets.empty(), read.name == "admission") << path << ": 'plumbline admit' judges that one";
        for (const Target& target : read.targets) {
            EXPECT_TRUE(std::any_of(made.cases.begin(), made.cases.end(),
                                    [&](const Case& c) { return matches(target, c.what); }))
                << path << ": " << target.name;
        }
    }
}

TEST(ShippedScenarios, quickstart_stays_well_under_a_minute)
{
    const Scenario read =
        load_scenario(std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "scenarios/library/quickstart.yaml");
    for (int ranks = 2; ranks <= 8; ++ranks) {
        const Plan made = make_plan(read, even(1, ranks));
        double budgets_s = 0;
        for (const Slot& slot : made.order) {
            budgets_s += made.cases[slot.case_index].stop.max_seconds;
        }
        EXPECT_LT(1.1 * budgets_s, 30) << ranks;
    }
}

}  // namespace
}  // namespace plumbline
