// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/scenario.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/reader.hpp"

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
)";

Scenario with_case(const std::string& entry)
{
    return parse_scenario("plumbline: 1\nname: t\ncases:\n  - " + entry + "\n", "s.yaml");
}

CollectiveSpec collective(const std::string& entry)
{
    return std::get<CollectiveSpec>(with_case(entry).cases.at(0).pattern);
}

template <class F>
std::string refusal(F&& read)
{
    try {
        read();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "accepted";
}

std::string refusal_of(const std::string& text, const std::vector<std::string>& overrides = {})
{
    return refusal([&] { parse_scenario(text, "s.yaml", overrides); });
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

TEST(YamlScenario, reads_scales_in_nodes_and_ranges_of_bytes)
{
    const auto target = [](const std::string& rest) {
        return parse_targets("targets:\n  - {name: t, " + rest + "}\n", "t.yaml").at(0);
    };
    const Target linearity = target(
        "metric: weak_efficiency, base_nodes: 1, at_nodes: all, across_fabrics: true, at_least: 0.8, definition: a b");
    EXPECT_EQ(linearity.base, (ScaleRef{.count = 1, .unit = ScaleUnit::nodes}));
    EXPECT_EQ(linearity.at, (ScaleRef{.count = std::nullopt, .unit = ScaleUnit::nodes}));
    EXPECT_EQ(linearity.definition, "a b");
    const Target large = target("metric: busbw, where: {nodes: 8, bytes: {from: 1MiB, to: 1GiB}}, at_least: 1");
    EXPECT_EQ(large.where, (std::map<std::string, std::string>{{"nodes", "8"}}));
    EXPECT_EQ(large.bytes, (ByteRange{.from = 1U << 20U, .to = 1U << 30U}));
    EXPECT_EQ(target("metric: hangs, at_most: 0").at_most, 0);

    const auto refused = [&](const std::string& rest) {
        try {
            target(rest);
        } catch (const ConfigError& error) {
            return std::string(error.what());
        }
        return std::string("taken");
    };
    EXPECT_THAT(refused("metric: busbw, at_ranks: 8, at_nodes: 1, at_least: 1"),
                HasSubstr("'targets[0].at_nodes' is given together with 'at_ranks'"));
    EXPECT_THAT(refused("metric: weak_efficiency, base_nodes: 1, at_nodes: 8, at_least: 0.8"),
                HasSubstr("'targets[0].base_nodes' is '1' (every larger scale is on another fabric"));
    EXPECT_THAT(refused("metric: weak_efficiency, base_nodes: 4, at_nodes: 2, at_least: 0.8"),
                HasSubstr("it is not above base_nodes"));
    EXPECT_THAT(refused("metric: hangs, at_least: 0"), HasSubstr("Write at_most: 0"));
    EXPECT_THAT(refused("metric: wrong_data, at_most: 0.5"), HasSubstr("wrong_data is a count"));
    EXPECT_THAT(refused("metric: wrong_data, at_nodes: 2, at_most: 0"), HasSubstr("counts over all cases"));
    EXPECT_THAT(refused("metric: busbw, where: {bytes: {from: 2, to: 1}}, at_least: 1"), HasSubstr("it is below from"));
    EXPECT_THAT(refused("metric: busbw, where: {bytes: {}}, at_least: 1"), HasSubstr("has neither from nor to"));
}

struct BoundRow {
    std::string metric;
    std::string written;
    double bound;
};

TEST(YamlScenario, converts_bounds)
{
    const std::vector<BoundRow> rows{
        {"busbw", "20", 20},
        {"busbw", "20GB/s", 20},
        {"algbw", "100Gbit/s", 12.5},
        {"algbw", "1e1", 10},
        {"time", "0.5", 0.5},
        {"time", "100us", 1e-4},
        {"weak_efficiency", "90%", 0.9},
        {"linear_speedup", "7.2", 7.2},
        {"bubble_fraction", "12.5%", 0.125},
    };
    for (const BoundRow& row : rows) {
        const auto targets =
            parse_targets("targets: [{name: t, metric: " + row.metric + ", at_least: " + row.written + "}]", "t.yaml");
        EXPECT_DOUBLE_EQ(targets.at(0).at_least.value(), row.bound) << row.metric << " " << row.written;
    }
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
    EXPECT_EQ(s.batch, 0U);
    EXPECT_THAT(s.targets, IsEmpty());
    EXPECT_EQ(s.targets_text, "");
}

TEST(YamlScenario, takes_axes_as_one_value_as_list_or_as_range)
{
    EXPECT_THAT(collective("{pattern: allreduce, bytes: 64KiB}").bytes, ElementsAre(65536));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: [8, 1KB]}").bytes, ElementsAre(8, 1000));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: {from: 8, to: 33}}").bytes, ElementsAre(8, 16, 32));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: {from: 8, to: 8}}").bytes, ElementsAre(8));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: 8, in_place: true}").in_place, ElementsAre(true));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: 8, in_place: [true, false]}").in_place,
                ElementsAre(true, false));
    EXPECT_THAT(collective("{pattern: allreduce, bytes: 8, dtype: int8}").dtypes, ElementsAre(DataType::int8));
}

TEST(YamlScenario, a_range_up_to_the_largest_size_ends)
{
    const auto bytes = collective("{pattern: allreduce, bytes: {from: 1, to: 9223372036854775807}}").bytes;
    EXPECT_EQ(bytes.size(), 63U);
    EXPECT_EQ(bytes.back(), std::uint64_t{1} << 62U);
    EXPECT_THAT(collective("{pattern: allreduce, bytes: {from: 1, to: 8, factor: 9223372036854775807}}").bytes,
                ElementsAre(1));
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

TEST(YamlScenario, reads_the_stated_rates_of_links)
{
    const std::string links =
        "links: {intra_node: {bandwidth: 400GB/s, latency: 1us}, inter_node: {bandwidth: 200Gbit/s}, "
        "leaf: {nodes: 8, bandwidth: 100GB/s}}\n";
    const Links expected{.intra_node = LinkRate{.bytes_per_s = 400e9, .latency_s = 1e-6},
                         .inter_node = LinkRate{.bytes_per_s = 25e9},
                         .leaf = LeafRate{.nodes = 8, .bytes_per_s = 100e9}};
    EXPECT_EQ(parse_scenario("plumbline: 1\nname: t\n" + links + "cases:\n  - {pattern: barrier}\n", "s.yaml").links,
              expected);
    EXPECT_EQ(parse_links(links + "targets: []\n", "t.yaml"), expected);
    EXPECT_EQ(parse_links("", "t.yaml"), std::nullopt);
}

// --- bad input ----------------------------------------------------------------------------------------------------

struct BadRow {
    std::string text;
    std::string says;
};

const std::string head = "plumbline: 1\nname: t\n";
const std::string tail = "cases:\n  - {pattern: barrier}\n";

void expect_refused(const std::vector<BadRow>& rows)
{
    for (const BadRow& row : rows) {
        EXPECT_THAT(refusal_of(row.text), AllOf(StartsWith("s.yaml:"), HasSubstr(row.says))) << row.text;
    }
}

TEST(YamlScenario, names_file_line_key_value_reason_and_the_nearest)
{
    EXPECT_EQ(
        refusal_of(head + "cases:\n  - {pattern: barrier}\n  - pattern: allreduce\n    bytes: 8\n"
                          "    dtype: flaot32\n"),
        "s.yaml:7: key 'cases[1].dtype' is 'flaot32' (valid are float32, float64, float16, bfloat16, int32, int8, "
        "uint8, float8_e4m3, float8_e5m2). The nearest valid value is 'float32'");
    EXPECT_EQ(refusal_of(head + "stop: {max_second: 2}\n" + tail),
              "s.yaml:3: key 'stop.max_second' is unknown (stop takes confidence, relative_ci, min_samples, "
              "max_samples, max_seconds, warmup). The nearest valid key is 'max_seconds'");
}

TEST(YamlScenario, refuses_unknown_missing_and_doubled_keys)
{
    expect_refused({
        {head + "sclae: {ranks: 1}\n" + tail, "The nearest valid key is 'scale'"},
        {head + "scale: {rank: 1}\n" + tail, "key 'scale.rank' is unknown"},
        {head + "order: {sed: 1}\n" + tail, "The nearest valid key is 'seed'"},
        {head + "simulation: {latnecy: 1us}\n" + tail, "The nearest valid key is 'latency'"},
        {head + "simulation: {ranks: 4, slow_ranks: {4: 2}}\n" + tail, "The nearest valid key is '3'"},
        {head + "simulation: {ranks: 4, slow_ranks: {first: 2}}\n" + tail, "takes ranks 0 to 3). Choose one of them"},
        {head + "cases:\n  - {patern: barrier}\n", "The nearest valid key is 'pattern'"},
        {head + "banana: 1\n" + tail, ", published, algorithms). Choose one of them"},
        {head + "cases:\n  - {pattern: banana, bytes: 8}\n", "congestion, bisect). Choose one of them"},
        {head + "cases:\n  - {bytes: 8}\n", "key 'cases[0]' has no key 'pattern'"},
        {head + "cases:\n  - {pattern: alreduce, bytes: 8}\n", "The nearest valid value is 'allreduce'"},
        {head + "cases:\n  - {pattern: allreduce}\n", "has no key 'bytes'"},
        {head + "cases:\n  - {pattern: pipeline, forward: 1, backward: 1}\n", "has no key 'activation_bytes'"},
        {head + "cases:\n  - {pattern: data_parallel, gradient_bytes: 8}\n", "has no key 'forward'"},
        {head, "has no key 'cases'"},
        {"plumbline: 1\n" + tail, "has no key 'name'"},
        {"name: t\n" + tail, "has no key 'plumbline'"},
        {head + "name: u\n" + tail, "key 'name' appears twice"},
        {head + "scale: {ranks: 1, ranks: 2}\n" + tail, "key 'ranks' appears twice"},
    });
}

TEST(YamlScenario, refuses_keys_that_mean_nothing_for_the_pattern)
{
    expect_refused({
        {head + "cases:\n  - {pattern: alltoall, bytes: 8, op: sum}\n", "key 'cases[0].op' does not apply to alltoall"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, root: 0}\n", "'cases[0].root' does not apply to allreduce"},
        {head + "cases:\n  - {pattern: barrier, bytes: 8}\n", "'cases[0].bytes' does not apply to barrier"},
        {head + "cases:\n  - {pattern: barrier, dtype: int8}\n", "does not apply to barrier"},
        {head + "cases:\n  - {pattern: pingpong, bytes: 8, window: 2}\n", "does not apply to pingpong"},
        {head + "cases:\n  - {pattern: pingpong, bytes: 8, algorithms: all}\n", "does not apply to pingpong"},
        {head + "cases:\n  - {pattern: links, bytes: 8, algorithms: all}\n", "does not apply to links"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, pairs: halves}\n", "does not apply to allreduce"},
        {head + "cases:\n  - {pattern: broadcast, bytes: 8, in_place: true}\n", "does not apply to broadcast"},
        {head + "cases:\n  - {pattern: alltoall, bytes: 8, skew: {kind: zipf}}\n", "does not apply to alltoall"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, forward: 1ms}\n", "does not apply to allreduce"},
        {head + "cases:\n  - {pattern: data_parallel, compute: 1, gradient_bytes: 8, bytes: 8}\n",
         "does not apply to data_parallel"},
        {head + "cases:\n  - {pattern: alltoallv, bytes: 8, skew: {kind: random, factor: 2}}\n",
         "'cases[0].skew.factor' does not apply to skew random"},
        {head + "cases:\n  - {pattern: alltoallv, bytes: 8, skew: {kind: zipf, file: x}}\n",
         "does not apply to skew zipf"},
    });
}

TEST(YamlScenario, refuses_workloads_that_make_no_sense)
{
    const std::string step = "cases:\n  - {pattern: training_step, model: megascale-175b, compute_flops: 1e12, ";
    expect_refused({
        {head + step + "tensor: 7, batch_per_replica: 8}\n",
         "it doesn't divide the 128 heads). Nearest valid: 4 and 8"},
        {head + step + "tensor: 8}\n", "has none of global_batch and batch_per_replica"},
        {head + step + "batch_per_replica: 8, global_batch: 8}\n", "has both of global_batch and batch_per_replica"},
        {head + step + "batch_per_replica: 8, peak_flops: 1e11}\n", "it is more than peak_flops"},
        {head + step + "batch_per_replica: 8, chunks: 2}\n", "does not apply to 1f1b"},
        {head + step + "batch_per_replica: 8, expert: 8}\n",
         "key 'cases[0].expert' is '8' (without top_k the model is dense: it has no experts to spread). Add top_k"},
        {head + step + "pipeline: 7, batch_per_replica: 8}\n",
         "key 'cases[0].pipeline' is '7' (it doesn't divide the 96 layers). Nearest valid: 6 and 8"},
        {head + step + "pipeline: 8, schedule: interleaved, chunks: 5, batch_per_replica: 8}\n",
         "'cases[0].chunks' is '5' (5 chunks don't divide the 12 layers of a stage). Nearest valid values of "
         "'chunks': 4 and 6"},
        {head + step + "pipeline: 32, schedule: interleaved, batch_per_replica: 32}\n",
         "'cases[0].schedule' is 'interleaved' (2 chunks don't divide the 3 layers"},
        {head + step + "microbatch: 3, batch_per_replica: 8}\n",
         "'cases[0].batch_per_replica' is '8' (it is not a multiple of microbatch 3). Nearest valid: 6 and "
         "9"},
        {head + "cases:\n  - {pattern: training_step, model: gpt-175b, compute_flops: 1e12, batch_per_replica: 8}\n",
         "(valid are megascale-175b, megascale-530b, llama3-405b). Choose one of them"},
        {head +
             "cases:\n  - {pattern: training_step, model: megascale-175, compute_flops: 1e12, batch_per_replica: 8}\n",
         "The nearest valid value is 'megascale-175b'"},
        {head + "cases:\n  - {pattern: data_parallel, compute: 1ms, gradient_bytes: 8, sharding: zero1}\n",
         "has no effect with 'compute'"},
        {head + "cases:\n  - {pattern: data_parallel, forward: 1ms, backward: 1ms, gradient_bytes: 8, buckets: [8]}\n",
         "has 2 of gradient_bytes, parameters and buckets"},
        {head + "cases:\n  - {pattern: pipeline, schedule: zb_h1, activation_bytes: 8, forward: 1ms, backward: 1ms, "
                "weight: 1ms}\n",
         "it is not less than 'backward'"},
        {head + "cases:\n  - {pattern: pipeline, activation_bytes: 8, forward: 1ms, backward: 1ms, gemm: {size: 8}}\n",
         "compute_kind is not gemm"},
        {head + "cases:\n  - {pattern: expert_parallel, experts: 4, top_k: 8}\n", "there are 4 experts"},
    });
}

TEST(YamlScenario, refuses_impossible_sizes)
{
    std::vector<BadRow> rows;
    for (const std::string bytes : {"-1",
                                    "1.5",
                                    "0",
                                    "8 bananas",
                                    "9223372036854775808",
                                    "16EiB",
                                    "1e3",
                                    "{}",
                                    "[]",
                                    "[8, []]",
                                    "''",
                                    "~",
                                    "{from: 16, to: 8}",
                                    "{from: 8, to: 16, factor: 1}",
                                    "{from: 8, to: 16, factor: 1.5}",
                                    "{from: 8, to: 16, factor: -2}",
                                    "{from: 0, to: 16}",
                                    "{from: 8}",
                                    "{from: 8, to: 16, step: 2}",
                                    "[8, 8]"}) {
        rows.push_back({head + "cases:\n  - {pattern: allreduce, bytes: " + bytes + "}\n", "key 'cases[0].bytes"});
    }
    rows.push_back({head + "cases:\n  - {pattern: allreduce, bytes: {from: 16, to: 8}}\n", "more than 'to', 8 B"});
    rows.push_back(
        {head + "cases:\n  - {pattern: data_parallel, compute: 1, gradient_bytes: 3}\n", "less than one float32"});
    expect_refused(rows);
}

TEST(YamlScenario, refuses_impossible_settings)
{
    expect_refused({
        {"plumbline: 2\nname: t\n" + tail, "this program reads version 1"},
        {head + "stop: {confidence: 0.5}\n" + tail, "a number between 0.5 and 1 is wanted"},
        {head + "stop: {confidence: 1}\n" + tail, "a number between 0.5 and 1 is wanted"},
        {head + "stop: {confidence: nan}\n" + tail, "a number is wanted"},
        {head + "stop: {relative_ci: 0}\n" + tail, "a number between 0 and 1 is wanted"},
        {head + "stop: {min_samples: 20, max_samples: 10}\n" + tail, "min_samples, 20, is more than max_samples, 10"},
        {head + "stop: {min_samples: 2001}\n" + tail, "min_samples, 2001, is more than max_samples, 2000"},
        {head + "cases:\n  - {pattern: barrier, stop: {max_samples: 9}}\n", "is more than max_samples, 9"},
        {head + "stop: {min_samples: 0}\n" + tail, "The nearest valid value is 1"},
        {head + "stop: {max_samples: 3000000000}\n" + tail, "The nearest valid value is 10000000"},
        {head + "stop: {max_seconds: 0}\n" + tail, "a duration above 0 is wanted"},
        {head + "stop: {max_seconds: -1}\n" + tail, "a duration"},
        {head + "stop: {warmup: -1}\n" + tail, "The nearest valid value is 0"},
        {head + "stop: 5\n" + tail, "key 'stop' is '5' (a map is wanted)"},
        {head + "stop:\n" + tail, "key 'stop' is empty"},
        {head + "scale: {ranks: 0}\n" + tail, "key 'scale.ranks' is '0'"},
        {head + "scale: {ranks: [1, most]}\n" + tail, "key 'scale.ranks[1]' is 'most'"},
        {head + "scale: {ranks: []}\n" + tail, "an empty list"},
        {head + "scale: {ranks: 1.5}\n" + tail, "a whole number"},
        {head + "scale: {ranks: 99999999999999999999}\n" + tail, "The nearest valid value is 2147483647"},
        {head + "scale: {ranks: -99999999999999999999}\n" + tail, "The nearest valid value is 1"},
        {head + "scale: {ranks: 1, nodes: 1}\n" + tail, "either ranks or nodes"},
        {head + "scale: {placement: compcat}\n" + tail, "The nearest valid value is 'compact'"},
        {head + "scale: {subsets: 0}\n" + tail, "from 1 to 1000"},
        {head + "scale: {seed: -1}\n" + tail, "from 0 to 2^64 - 1"},
        {head + "links: {inter_nodes: {bandwidth: 1GB/s}}\n" + tail, "The nearest valid key is 'inter_node'"},
        {head + "links: {inter_node: 1GB/s}\n" + tail, "key 'links.inter_node' is '1GB/s' (a map is wanted)"},
        {head + "links: {inter_node: {latency: 1us}}\n" + tail, "bandwidth"},
        {head + "links: {intra_node: {bandwidth: 0GB/s}}\n" + tail, "a bandwidth above 0 is wanted"},
        {head + "links: {leaf: {nodes: 0, bandwidth: 1GB/s}}\n" + tail, "key 'links.leaf.nodes' is '0'"},
        {head + "rounds: 0\n" + tail, "key 'rounds' is '0'"},
        {head + "rounds: many\n" + tail, "Write it in digits"},
        {head + "verify: maybe\n" + tail, "valid are false, true"},
        {head + "batch: 0\n" + tail, "key 'batch' is '0'"},
        {head + "probe: often\n" + tail, "key 'probe' is 'often'"},
        {head + "oversubscribe: 2\n" + tail, "key 'oversubscribe' is '2'"},
        {head + "order: {shuffle: 1}\n" + tail, "key 'order.shuffle' is '1'"},
        {head + "cases: []\n", "key 'cases' is an empty list"},
        {head + "cases: barrier\n", "key 'cases' is 'barrier'"},
        {head + "cases: [barrier]\n", "key 'cases[0]' is 'barrier' (a map is wanted)"},
        {head + "simulation: {bandwidth: 0}\n" + tail, "a bandwidth above 0"},
        {head + "simulation: {nic: 0}\n" + tail, "a bandwidth above 0"},
        {head + "simulation: {leaf: {nodes: 2}}\n" + tail, "bandwidth"},
        {head + "simulation: {leaf: {nodes: 0, bandwidth: 1GB/s}}\n" + tail, "nearest valid value is 1"},
        {head + "simulation: {noise: -1}\n" + tail, "at least 0"},
        {head + "simulation: {slow_ranks: {0: 0}}\n" + tail, "a factor above 0"},
        {head + "simulation: {inbound_delay: {4: 1us}}\n" + tail, "inbound_delay takes ranks 0 to 3"},
        {head + "simulation: {clock_drift: 0.5}\n" + tail, "a share from 0 to 0.01"},
        {head + "algorithms: ring\n" + tail, "valid are all, default"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, algorithms: [all, ring]}\n", "Write algorithms: all"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, algorithms: [ring, ring]}\n", "is listed twice"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, algorithms: []}\n", "at least one entry"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, algorithm: ring}\n",
         "The nearest valid key is 'algorithms'"},
        {head + "sync: {mode: windwo}\n" + tail, "The nearest valid value is 'window'"},
        {head + "sync: {clock: ntp}\n" + tail, "is 'ntp'"},
        {head + "sync: {modes: window}\n" + tail, "The nearest valid key is 'mode'"},
        {head + "sync: {mode: barrier, margin: 10us}\n" + tail, "only a start window has a margin"},
        {head + "sync: {mode: window, margin: 0}\n" + tail, "above 0"},
        {head + "simulation: {protocol: eagre}\n" + tail, "The nearest valid value is 'eager'"},
        {head + "cases:\n  - {pattern: broadcast, bytes: 8, root: -1}\n", "The nearest valid value is 0"},
        {head + "cases:\n  - {pattern: bidirectional, bytes: 8, window: 0}\n", "from 1 to 65536"},
        {head + "cases:\n  - {pattern: alltoallv, bytes: 8, skew: zipf}\n", "a map is wanted"},
        {head + "cases:\n  - {pattern: alltoallv, bytes: 8, skew: {kind: hot}}\n", "has no key 'factor'"},
        {head + "cases:\n  - {pattern: alltoallv, bytes: 8, skew: {kind: hot, factor: 1}}\n", "even spread"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, in_place: maybe}\n", "valid are false, true, both"},
        {head + "cases:\n  - {pattern: allreduce, bytes: 8, op: prod}\n", "valid are sum, max, min"},
        {head + "cases:\n  - {pattern: pipeline, activation_bytes: 8, forward: 0, backward: 1}\n", "above 0"},
        {head + "cases:\n  - {pattern: pipeline, activation_bytes: 8, forward: 1, backward: 1, microbatches: 0}\n",
         "from 1 to 65536"},
        {head + "cases:\n  - {pattern: pipeline, activation_bytes: 8, forward: 1, backward: 1, schedule: 2f2b}\n",
         "(valid are gpipe, 1f1b, interleaved, zb_h1). Choose one of them"},
        {head + "cases:\n  - {pattern: pipeline, activation_bytes: 8, forward: 1, backward: 1, schedule: 1f2b}\n",
         "The nearest valid value is '1f1b'"},
    });
}

TEST(YamlScenario, refuses_impossible_targets)
{
    const auto target = [](const std::string& entry) { return head + tail + "targets:\n  - {" + entry + "}\n"; };
    expect_refused({
        {target("metric: time, at_most: 1"), "has no key 'name'"},
        {target("name: x, at_most: 1"), "has no key 'metric'"},
        {target("name: x, metric: tiem, at_most: 1"), "The nearest valid value is 'time'"},
        {target("name: x, metric: time"), "has none of at_least and at_most"},
        {target("name: x, metric: time, at_least: 1, at_most: 2"), "has both of at_least and at_most"},
        {target("name: x, metric: time, at_most: 0"), "a bound above 0"},
        {target("name: x, metric: time, at_most: 5GB/s"), "a duration"},
        {target("name: x, metric: busbw, at_least: 5us"), "a bandwidth"},
        {target("name: x, metric: busbw, at_least: 90%"), "a bandwidth"},
        {target("name: x, metric: weak_efficiency, at_least: 20GB/s"), "a number is wanted"},
        {target("name: x, metric: weak_efficiency, at_least: inf"), "a number is wanted"},
        {target("name: x, metric: weak_efficiency, at_least: 90"),
         "is '90' (weak_efficiency is a share, from 0 to 1). Write 90 % or 0.9"},
        {target("name: x, metric: mfu, at_least: 140%"), "(mfu is a share, from 0 to 1). Write at most 100 %"},
        {target("name: x, metric: linear_speedup, at_least: 90%"),
         "is '90%' (linear_speedup is a factor, not a share). For a percentage of linear speedup name weak_efficiency"},
        {target("name: x, metric: linear_speedup, at_least: 0.9"), "For a share of it name weak_efficiency"},
        {target("name: x, metric: congestion_impact, at_most: 120%"), "Write it as a number such as 1.2"},
        {target("name: x, metric: busbw, base_ranks: 1, at_least: 1"), "does not apply to busbw"},
        {target("name: x, metric: time, across_fabrics: true, at_most: 1"), "does not apply to time"},
        {target("name: x, metric: weak_efficiency, base_ranks: 4, at_ranks: 4, at_least: 1"), "not above base_ranks"},
        {target("name: x, metric: weak_efficiency, base_ranks: all, at_ranks: 4, at_least: 1"), "not above base_ranks"},
        {target("name: x, metric: time, at_ranks: 0, at_most: 1"), "The nearest valid value is 1"},
        {target("name: x, metric: time, where: {patern: barrier}, at_most: 1"), "The nearest valid key is 'pattern'"},
        {target("name: x, metric: time, where: {pattern: bariier}, at_most: 1"),
         "The nearest valid value is 'barrier'"},
        {target("name: x, metric: time, where: {bytes: -1}, at_most: 1"), "key 'targets[0].where.bytes' is '-1'"},
        {target("name: x, metric: time, at_most: 1}\n  - {name: x, metric: time, at_most: 2"), "another target"},
    });
}

TEST(YamlScenario, refuses_text_that_is_not_a_map)
{
    expect_refused({
        {"", "the document is empty (a map is wanted)"},
        {"# nothing\n", "the document is empty"},
        {"[1, 2]\n", "the document is a list"},
        {"hello\n", "the document is 'hello'"},
        {"[1: 2]: 3\n", "key"},
        {head + tail + "---\n" + head + tail, "a second document"},
    });
}

TEST(YamlScenario, refuses_bad_syntax_with_the_line)
{
    EXPECT_THAT(refusal_of("plumbline: 1\nname: [1\n"), AllOf(StartsWith("s.yaml:"), HasSubstr("not YAML")));
    EXPECT_THAT(refusal_of("plumbline: 1\n name: t\n"), AllOf(StartsWith("s.yaml:2: "), HasSubstr("not YAML")));
    EXPECT_THAT(refusal_of("plumbline: 1\nname: t: u\n"), HasSubstr("not YAML"));
    EXPECT_THAT(refusal_of("plumbline: 1\n\tname: t\n"), HasSubstr("s.yaml:"));
}

TEST(YamlScenario, refuses_anchors_aliases_and_tags)
{
    EXPECT_THAT(refusal_of(head + "scale: &a {ranks: 1}\n" + tail),
                AllOf(StartsWith("s.yaml:3: "), HasSubstr("anchor '&a' is not read")));
    EXPECT_THAT(refusal_of("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"), HasSubstr("is not read"));
    EXPECT_THAT(refusal_of("plumbline: !!int 1\n"), HasSubstr("tag 'tag:yaml.org,2002:int' is not read"));
}

TEST(YamlScenario, refuses_text_that_is_not_utf8)
{
    // A lone continuation, a cut sequence, an overlong form, a surrogate, too large, Latin-1, a non-character.
    for (const std::string name :
         {"\x80", "\xe4\xb8", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\xe9", "\xef\xbf\xbf"}) {
        EXPECT_THAT(refusal_of("plumbline: 1\nname: x" + name + "\n" + tail),
                    AllOf(StartsWith("s.yaml:2: "), HasSubstr("scenarios are UTF-8")));
    }
    EXPECT_EQ(refusal_of("plumbline: 1\nname: \xe4\xb8\xad\xf0\x9f\x98\x80\n" + tail), "accepted");
}

TEST(YamlScenario, refuses_text_nested_too_deep_in_every_style)
{
    const std::size_t levels = 100'000;
    std::string block;
    std::string dashes;
    std::string questions;
    for (std::size_t i = 0; i < levels; ++i) {
        dashes += "- ";
        questions += "? ";
    }
    for (std::size_t i = 0; i < 500; ++i) {
        block += std::string(i, ' ') + "a:\n";
    }
    for (const std::string& text : {std::string(levels, '['), std::string(levels, '{'), dashes, questions, block,
                                    "a: " + std::string(levels, '[')}) {
        EXPECT_THAT(refusal_of(text), AllOf(StartsWith("s.yaml:"), testing::Not("accepted"))) << text.substr(0, 8);
    }
    EXPECT_THAT(refusal_of(std::string(65, '[') + std::string(65, ']')), HasSubstr("nested too deep"));
    EXPECT_THAT(refusal_of(std::string(64, '[') + std::string(64, ']')), HasSubstr("the document is a list"));
}

TEST(YamlScenario, refuses_text_of_more_than_a_mebibyte)
{
    const std::string padding((std::size_t{1} << 20U) - head.size() - tail.size() - 2, 'x');
    EXPECT_EQ(refusal_of(head + tail + "#" + padding + "\n"), "accepted");
    EXPECT_THAT(refusal_of(head + tail + "#" + padding + "x\n"), HasSubstr("1048577 bytes are too many"));
}

TEST(YamlScenario, refuses_text_that_would_be_too_long_to_read_back)
{
    // Written out, each case is indented by two blanks more.
    std::string text = head + "cases:\n";
    while (text.size() < (std::size_t{1} << 20U) - 30) {
        text += "- {pattern: barrier}\n";
    }
    EXPECT_THAT(refusal_of(text), HasSubstr("too many once written out"));
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
