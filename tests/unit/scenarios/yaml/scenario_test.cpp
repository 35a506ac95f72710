// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/scenario.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/reader.hpp"
#include "tests/support/refused_scenario.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using test::refusal;
using test::refusal_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

const std::string full = R"(plumbline: 1
name: full
description: "all keys: at once"
backend: sim
scale: {ranks: [1, 2, all], placement: random, subsets: 2, seed: 18446744073709551615}
stop: {confidence: 0.99, relative_ci: 5%, min_samples: 20, max_samples: 40, max_seconds: 500ms, warmup: 0}
rounds: 3
order: {shuffle: false, seed: 4}
verify: false
batch: 16
cases:
  - pattern: allreduce
    bytes: {from: 8, to: 4MiB, factor: 8}
    dtype: [float32, bfloat16]
    op: [sum, max]
    in_place: both
  - {pattern: broadcast, bytes: 64KiB, root: 3}
  - {pattern: alltoallv, bytes: [1MiB, 2MiB], skew: {kind: zipf, factor: 1.5, seed: 7}, scale: {nodes: all}}
  - {pattern: bidirectional, bytes: 1, dtype: int8, pairs: halves, window: 8, stop: {warmup: 9}}
  - {pattern: barrier}
  - {pattern: pipeline, schedule: gpipe, microbatches: 4, activation_bytes: 1MiB, forward: 500us, backward: 1ms}
  - {pattern: data_parallel, compute: 5ms, gradient_bytes: 1MB, dtype: float16}
targets:
  - {name: a, metric: weak_efficiency, where: {pattern: data_parallel}, base_ranks: 1, at_ranks: all, at_least: 90%}
  - {name: b, metric: busbw, where: {bytes: 64KiB, in_place: true, forward_s: 500us}, at_ranks: 2, at_least: 20GB/s}
  - {name: c, metric: time, at_most: 100us}
simulation:
  ranks: 8
  latency: 2us
  bandwidth: 100Gbit/s
  noise: 1%
  seed: 5
  protocol: rendezvous
  ranks_per_node: 4
  slow_ranks: {3: 2, 7: 1.5}
  clock_offset: 1ms
  clock_drift: 1e-5
  barrier_skew: 3us
  burst: 64KiB
  inbound_delay: {2: 4us}
  nic: 200GB/s
  leaf: {nodes: 2, bandwidth: 100GB/s}
sync: {mode: window, clock: hca3, margin: 50us}
probe: false
oversubscribe: true
communicators: fresh
)";

Scenario with_case(const std::string& entry)
{
    return parse_scenario("plumbline: 1\nname: t\ncases:\n  - " + entry + "\n", "s.yaml");
}

/// The same scenario whatever the layout of its text.
void expect_equal(const Scenario& a, const Scenario& b)
{
    const auto without_lines = [](std::vector<CaseEntry> cases) {
        for (CaseEntry& entry : cases) {
            entry.line = 0;
        }
        return cases;
    };
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.description, b.description);
    EXPECT_EQ(a.backend, b.backend);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.stop, b.stop);
    EXPECT_EQ(a.rounds, b.rounds);
    EXPECT_EQ(a.shuffle, b.shuffle);
    EXPECT_EQ(a.seed, b.seed);
    EXPECT_EQ(a.verify, b.verify);
    EXPECT_EQ(a.batch, b.batch);
    EXPECT_TRUE(without_lines(a.cases) == without_lines(b.cases));
    EXPECT_TRUE(a.targets == b.targets);
    EXPECT_EQ(a.sync, b.sync);
    EXPECT_EQ(a.cluster, b.cluster);
    EXPECT_EQ(a.simulated_ranks, b.simulated_ranks);
    EXPECT_EQ(a.text, b.text);
    EXPECT_EQ(a.targets_text, b.targets_text);
}

TEST(YamlScenario, reads_the_settings)
{
    const Scenario s = parse_scenario(full, "folder/s.yaml");
    EXPECT_EQ(s.name, "full");
    EXPECT_EQ(s.description, "all keys: at once");
    EXPECT_EQ(s.backend, "sim");
    EXPECT_THAT(s.scale.ranks, ElementsAre(1, 2, std::nullopt));
    EXPECT_THAT(s.scale.nodes, IsEmpty());
    EXPECT_EQ(s.scale.placement, Placement::random);
    EXPECT_EQ(s.scale.subsets, 2);
    EXPECT_EQ(s.scale.seed, 18446744073709551615U);
    EXPECT_EQ(s.stop, (StoppingCriterion{.confidence = 0.99,
                                         .relative_ci = 0.05,
                                         .min_samples = 20,
                                         .max_samples = 40,
                                         .max_seconds = 0.5,
                                         .warmup = 0}));
    EXPECT_EQ(s.rounds, 3);
    EXPECT_FALSE(s.shuffle);
    EXPECT_EQ(s.seed, 4U);
    EXPECT_FALSE(s.verify);
    EXPECT_FALSE(s.probe);
    EXPECT_TRUE(s.oversubscribe);
    EXPECT_EQ(s.communicators, Communicators::fresh);
    EXPECT_EQ(s.batch, 16U);
    EXPECT_EQ(s.path, "folder/s.yaml");
}

TEST(YamlScenario, reads_the_simulated_cluster)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    EXPECT_EQ(s.simulated_ranks, 8);
    EXPECT_EQ(s.cluster,
              (sim::Cluster{.latency_s = 2e-6,
                            .bandwidth_bytes_per_s = 12.5e9,
                            .noise = 0.01,
                            .seed = 5,
                            .rendezvous = true,
                            .ranks_per_node = 4,
                            .shared = {.nic_bytes_per_s = 200e9, .leaf_nodes = 2, .uplink_bytes_per_s = 100e9},
                            .slow_ranks = {{3, 2.0}, {7, 1.5}},
                            .clock_offset_s = 1e-3,
                            .clock_drift = 1e-5,
                            .barrier_skew_s = 3e-6,
                            .burst_bytes = 65536,
                            .inbound_delay_s = {{2, 4e-6}}}));
    EXPECT_EQ(s.sync, (SyncSettings{SyncMode::window, SyncClock::hca3, 50e-6}));
}

TEST(YamlScenario, reads_the_cases)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    ASSERT_EQ(s.cases.size(), 7U);
    const auto allreduce = std::get<CollectiveSpec>(s.cases[0].pattern);
    EXPECT_THAT(allreduce.bytes, ElementsAre(8, 64, 512, 4096, 32768, 262144, 2097152));
    EXPECT_THAT(allreduce.dtypes, ElementsAre(DataType::float32, DataType::bfloat16));
    EXPECT_THAT(allreduce.ops, ElementsAre(ReduceOp::sum, ReduceOp::max));
    EXPECT_THAT(allreduce.in_place, ElementsAre(false, true));
    EXPECT_EQ(s.cases[0].line, 12);
    EXPECT_FALSE(s.cases[0].scale.has_value());
    EXPECT_FALSE(s.cases[0].stop.has_value());
    EXPECT_EQ(std::get<CollectiveSpec>(s.cases[1].pattern).root, 3);
    const auto alltoallv = std::get<CollectiveSpec>(s.cases[2].pattern);
    EXPECT_EQ(alltoallv.skew, SkewKind::zipf);
    EXPECT_EQ(alltoallv.skew_factor, 1.5);
    EXPECT_EQ(alltoallv.skew_seed, 7U);
    const auto bidirectional = std::get<CollectiveSpec>(s.cases[3].pattern);
    EXPECT_EQ(bidirectional.pairs, PairLayout::halves);
    EXPECT_EQ(bidirectional.window, 8);
    EXPECT_THAT(std::get<CollectiveSpec>(s.cases[4].pattern).bytes, IsEmpty());
    EXPECT_EQ(std::get<PipelineSpec>(s.cases[5].pattern), (PipelineSpec{.schedule = PipelineSchedule::gpipe,
                                                                        .microbatches = 4,
                                                                        .activation_bytes = 1048576,
                                                                        .forward_s = 0.0005,
                                                                        .backward_s = 0.001}));
    EXPECT_EQ(std::get<DataParallelSpec>(s.cases[6].pattern),
              (DataParallelSpec{.compute_s = 0.005, .gradient_bytes = 1000000, .dtype = DataType::float16}));
}

TEST(YamlScenario, lays_a_case_s_scale_and_stop_over_the_scenario_s)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    ScaleSpec nodes = s.scale;
    nodes.nodes = {std::nullopt};
    EXPECT_EQ(s.cases[2].scale, nodes);
    StoppingCriterion warm = s.stop;
    warm.warmup = 9;
    EXPECT_EQ(s.cases[3].stop, warm);
}

TEST(YamlScenario, a_case_s_ranks_replace_the_scenario_s_nodes)
{
    const Scenario s = parse_scenario(
        "plumbline: 1\nname: t\nscale: {nodes: [1, 2]}\ncases: [{pattern: barrier, scale: {ranks: 2}}]", "s.yaml");
    EXPECT_THAT(s.scale.nodes, ElementsAre(1, 2));
    EXPECT_THAT(s.cases[0].scale->nodes, IsEmpty());
    EXPECT_THAT(s.cases[0].scale->ranks, ElementsAre(2));
}

TEST(YamlScenario, reads_targets_in_the_metric_s_unit)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    ASSERT_EQ(s.targets.size(), 3U);
    EXPECT_EQ(s.targets[0], (Target{.name = "a",
                                    .metric = Metric::weak_efficiency,
                                    .where = {{"pattern", "data_parallel"}},
                                    .base = ScaleRef{1},
                                    .at = ScaleRef{},
                                    .at_least = 0.9,
                                    .at_most = {},
                                    .across_fabrics = false}));
    EXPECT_THAT(s.target_lines, ElementsAre(24, 25, 26));
    EXPECT_EQ(s.targets[1].where,
              (std::map<std::string, std::string>{{"bytes", "65536"}, {"in_place", "true"}, {"forward_s", "0.0005"}}));
    EXPECT_EQ(s.targets[1].at_least, 20.0);
    EXPECT_EQ(s.targets[1].at, ScaleRef{2});
    EXPECT_EQ(s.targets[2].at_most, 1e-4);
    EXPECT_FALSE(s.targets[2].at.has_value());
}

TEST(YamlScenario, has_defaults_for_all_but_version_name_and_cases)
{
    const Scenario s = with_case("{pattern: allreduce, bytes: 8}");
    EXPECT_EQ(s.backend, "mpi");
    EXPECT_EQ(s.scale, ScaleSpec{});
    EXPECT_EQ(s.stop, StoppingCriterion{});
    EXPECT_EQ(s.rounds, 1);
    EXPECT_TRUE(s.shuffle);
    EXPECT_TRUE(s.verify);
    EXPECT_TRUE(s.probe);
    EXPECT_FALSE(s.oversubscribe);
    EXPECT_EQ(s.communicators, Communicators::kept);
    EXPECT_EQ(s.batch, 0U);
    EXPECT_THAT(s.targets, IsEmpty());
    EXPECT_EQ(s.targets_text, "");
}

// --- what comes back ----------------------------------------------------------------------------------------------

TEST(YamlScenario, its_text_reads_back_the_same)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    expect_equal(parse_scenario(s.text, "s.yaml"), s);
    EXPECT_TRUE(parse_targets(s.targets_text, "targets") == s.targets);
}

TEST(YamlScenario, its_text_keeps_words_that_look_like_something_else)
{
    for (const std::string name :
         {"null", "~", "a: b", "x # y", "[1]", "- 1", "'",           "\\\"", "é中", "%",   "@",
          "!",    "&", "*",    "|",     "---", "...", "two  blanks", "-",    "?",   "a,b", "{"}) {
        const Scenario s =
            parse_scenario("plumbline: 1\nname: \"" + name + "\"\ncases: [{pattern: barrier}]", "s.yaml");
        EXPECT_EQ(parse_scenario(s.text, "s.yaml").name, s.name);
    }
}

TEST(YamlScenario, its_text_has_a_line_for_each_case)
{
    const Scenario s = parse_scenario(
        "plumbline: 1\nname: t\ncases:\n  - pattern: allreduce\n    bytes: [8, 16]\n  - pattern: barrier\n", "s.yaml");
    EXPECT_EQ(s.text,
              "plumbline: 1\nname: t\ncases:\n  - {pattern: allreduce, bytes: [8, 16]}\n  - {pattern: barrier}\n");
}

TEST(YamlScenario, targets_stand_in_a_file_of_their_own_or_in_a_scenario)
{
    const Scenario s = parse_scenario(full, "s.yaml");
    EXPECT_TRUE(parse_targets(full, "s.yaml") == s.targets);
    EXPECT_THAT(parse_targets("", "none"), IsEmpty());
    EXPECT_THAT(refusal([] { parse_targets("plumbline: 1\n", "t.yaml"); }), HasSubstr("has no key 'targets'"));
    EXPECT_THAT(refusal([] { parse_targets("target: []\n", "t.yaml"); }),
                AllOf(StartsWith("t.yaml:1: "), HasSubstr("'targets'")));
}

// --- overrides ----------------------------------------------------------------------------------------------------

TEST(YamlScenario, overrides_replace_and_add_values)
{
    const std::vector<std::string> overrides{"stop.max_seconds=1",   "scale.ranks=[1,2]", "cases.0.bytes=8",
                                             "cases[1].bytes=16KiB", "name=a=b",          "simulation.noise=0.5"};
    const Scenario s = parse_scenario(full, "s.yaml", overrides);
    EXPECT_EQ(s.stop.max_seconds, 1);
    EXPECT_THAT(s.scale.ranks, ElementsAre(1, 2));
    EXPECT_THAT(std::get<CollectiveSpec>(s.cases[0].pattern).bytes, ElementsAre(8));
    EXPECT_THAT(std::get<CollectiveSpec>(s.cases[1].pattern).bytes, ElementsAre(16384));
    EXPECT_EQ(s.name, "a=b");
    EXPECT_EQ(s.cluster.noise, 0.5);
    expect_equal(parse_scenario(s.text, "s.yaml"), s);
}

TEST(YamlScenario, overrides_add_maps_that_are_not_there)
{
    const std::vector<std::string> overrides{"order.shuffle=false"};
    EXPECT_FALSE(parse_scenario("plumbline: 1\nname: t\ncases: [{pattern: barrier}]", "s.yaml", overrides).shuffle);
}

struct OverrideRow {
    std::string assignment;
    std::string says;
};

TEST(YamlScenario, overrides_that_lead_nowhere_are_errors_that_quote_them)
{
    const std::vector<OverrideRow> rows{
        {"stop.max_second=1", "key 'stop.max_second' is unknown"},
        {"stop.max_second=1", "The nearest valid key is 'max_seconds'"},
        {"scael.ranks=1", "The nearest valid key is 'scale'"},
        {"cases.9.bytes=1", "'9' leads nowhere (the list 'cases' has 7 entries"},
        {"cases.x.bytes=1", "'x' leads nowhere"},
        {"name.first=x", "'first' leads nowhere ('name' is a single value)"},
        {"stop.max_seconds=never", "key 'stop.max_seconds' is 'never'"},
        {"rounds=[1", "a bracket is not closed"},
        {"rounds", "not an assignment"},
        {"=1", "not an assignment"},
        {"stop..warmup=1", "leads nowhere"},
        {"stop.warmup=2147483647", "2147483647 warm-ups are more than any library needs"},
        {"rounds=", "key 'rounds' is empty"},
    };
    for (const OverrideRow& row : rows) {
        EXPECT_THAT(refusal_of(full, {row.assignment}),
                    AllOf(StartsWith("--set " + row.assignment + ":"), HasSubstr(row.says)));
    }
}

// --- files --------------------------------------------------------------------------------------------------------

class ScenarioFiles : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ =
            std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
        std::filesystem::create_directories(folder_);
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path write(const std::string& name, const std::string& text) const
    {
        std::ofstream(folder_ / name) << text;
        return folder_ / name;
    }
    std::string matrix_refusal(const std::string& table) const
    {
        write("table.txt", table);
        const auto path = write("s.yaml", matrix_scenario);
        return refusal([&] { load_scenario(path); });
    }

    static constexpr const char* matrix_scenario =
        "plumbline: 1\nname: t\ncases: [{pattern: alltoallv, skew: {kind: matrix, file: table.txt}}]\n";
    std::filesystem::path folder_;
};

TEST_F(ScenarioFiles, are_read_with_overrides)
{
    const auto path = write("s.yaml", full);
    const std::vector<std::string> overrides{"rounds=5"};
    const Scenario s = load_scenario(path, overrides);
    EXPECT_EQ(s.rounds, 5);
    EXPECT_EQ(s.path, path.string());
    EXPECT_EQ(load_targets(path).size(), 3U);
    const TargetsDocument document = load_targets_document(path);
    EXPECT_TRUE(document.targets == s.targets);
    EXPECT_EQ(document.links, parse_links(s.text, "s.yaml"));
}

TEST_F(ScenarioFiles, of_targets_may_state_links)
{
    const std::string links = "links: {inter_node: {bandwidth: 10GB/s, latency: 1us}}\n";
    const std::string targets = "targets: [{name: t, metric: busbw, at_least: 1GB/s}]\n";
    const TargetsDocument document = load_targets_document(write("t.yaml", links + targets));
    EXPECT_TRUE(document.targets == parse_targets(targets, "t.yaml"));
    ASSERT_TRUE(document.links);
    EXPECT_EQ(document.links, parse_links(links, "t.yaml"));
    EXPECT_EQ(load_targets_document(write("no-links.yaml", targets)).links, std::nullopt);
    const auto none = write("no-targets.yaml", links);
    EXPECT_THAT(refusal([&] { load_targets_document(none); }), HasSubstr("has no key 'targets'"));
}

TEST_F(ScenarioFiles, of_targets_number_clauses_of_their_targets_alone)
{
    const std::string targets = "targets: [{name: latency, metric: time, at_most: 1us}]\n";
    const auto with = [&](const std::string& clauses) {
        return write("c.yaml", targets + "acceptance: {clauses: {" + clauses + "}}\n");
    };
    EXPECT_EQ(load_targets_document(with("latency: 5.4")).acceptance.clauses.at("latency"), "5.4");
    const auto mistaken = with("latencies: 5.4");
    EXPECT_THAT(refusal([&] { load_targets_document(mistaken); }),
                AllOf(HasSubstr("c.yaml:2: key 'acceptance.clauses.latencies' is unknown"), HasSubstr("'latency'")));
}

TEST_F(ScenarioFiles, that_are_missing_or_too_large_are_refused)
{
    EXPECT_THAT(refusal([&] { load_scenario(folder_ / "none.yaml"); }), HasSubstr("none.yaml: can't be read"));
    EXPECT_THAT(refusal([&] { load_scenario(folder_); }), HasSubstr("can't be read"));
    EXPECT_THAT(refusal([&] { load_targets(folder_ / "none.yaml"); }), HasSubstr("can't be read"));
    const auto large = write("large.yaml", std::string(std::size_t{4} << 20U, '#'));
    EXPECT_THAT(refusal([&] { load_scenario(large); }), HasSubstr("are too many"));
    const auto empty = write("empty.yaml", "");
    EXPECT_THAT(refusal([&] { load_targets(empty); }), HasSubstr("the document is empty"));
}

TEST_F(ScenarioFiles, matrix_is_read_beside_the_scenario)
{
    write("table.txt", "# bytes\n0, 1KiB, 2\n\n3 4\t5\n6,7 , 8  # last\n");
    const Scenario s = load_scenario(write("s.yaml", matrix_scenario));
    const auto spec = std::get<CollectiveSpec>(s.cases.at(0).pattern);
    EXPECT_THAT(spec.matrix_bytes, ElementsAre(0, 1024, 2, 3, 4, 5, 6, 7, 8));
    // Column 1: 1024 + 4 + 7.
    EXPECT_THAT(spec.bytes, ElementsAre(1035));
    expect_equal(parse_scenario(s.text, s.path), s);
}

TEST_F(ScenarioFiles, a_matrix_that_is_given_is_not_looked_for)
{
    const FileTexts files{{"table.txt", "1 2\n3 4\n"}};
    const Scenario s = parse_scenario(matrix_scenario, "/no/such/folder/s.yaml", {}, files);
    EXPECT_THAT(std::get<CollectiveSpec>(s.cases.at(0).pattern).matrix_bytes, ElementsAre(1, 2, 3, 4));
    EXPECT_EQ(s.files, files);
    EXPECT_THAT(
        refusal([&] { parse_scenario(matrix_scenario, "/no/such/folder/s.yaml"); }),
        HasSubstr("/no/such/folder/table.txt: can't be read (there is no such file). The table of skew matrix"));
}

TEST_F(ScenarioFiles, matrix_of_the_wrong_shape_is_refused_naming_row_and_counts)
{
    EXPECT_THAT(matrix_refusal("1 2 3\n\n4 5\n6 7 8\n"),
                HasSubstr("table.txt:3: row 2 has 2 entries (a table of 3 rows needs 3 in each)"));
    EXPECT_THAT(matrix_refusal("1 2\n"), HasSubstr("row 1 has 2 entries (a table of 1 rows needs 1"));
    EXPECT_THAT(matrix_refusal("1 -2\n3 4\n"), HasSubstr("table.txt:1: entry 2 is '-2'"));
    EXPECT_THAT(matrix_refusal("\n"), HasSubstr("has no rows"));
    EXPECT_THAT(matrix_refusal("0 0\n0 0\n"), HasSubstr("all sizes are 0"));
    EXPECT_THAT(matrix_refusal("9223372036854775807 1\n0 0\n"), HasSubstr("more than 2^63 - 1 bytes"));
}

TEST_F(ScenarioFiles, matrix_takes_no_bytes_and_must_be_there)
{
    const auto with_bytes = write(
        "s.yaml", "plumbline: 1\nname: t\ncases: [{pattern: alltoallv, bytes: 8, skew: {kind: matrix, file: t}}]\n");
    EXPECT_THAT(refusal([&] { load_scenario(with_bytes); }), HasSubstr("can't be read"));
    write("t", "1\n");
    EXPECT_THAT(refusal([&] { load_scenario(with_bytes); }), HasSubstr("the file gives the sizes"));
}

}  // namespace
}  // namespace plumbline
