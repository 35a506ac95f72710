// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include "tests/support/refused_scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using test::BadRow;
using test::expect_refused;
using test::head;
using test::refusal_of;
using test::tail;
using testing::ElementsAre;
using testing::HasSubstr;

Scenario with_case_entry(const std::string& entry)
{
    return parse_scenario("plumbline: 1\nname: t\ncases:\n  - " + entry + "\n", "s.yaml");
}

CollectiveSpec collective(const std::string& entry)
{
    return std::get<CollectiveSpec>(with_case_entry(entry).cases.at(0).pattern);
}

TEST(YamlSections, reads_scales_in_nodes_and_ranges_of_bytes)
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

TEST(YamlSections, converts_bounds)
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
        {"linear_speedup", "7.2x", 7.2},
        {"linear_speedup", "7.2 x", 7.2},
        {"linear_speedup", "7.2倍", 7.2},
        {"weak_efficiency", "90％", 0.9},
        {"uptime", "72小时", 259'200},
        {"mtbf", "30 days", 2'592'000},
        {"bubble_fraction", "12.5%", 0.125},
    };
    for (const BoundRow& row : rows) {
        const auto targets =
            parse_targets("targets: [{name: t, metric: " + row.metric + ", at_least: " + row.written + "}]", "t.yaml");
        EXPECT_DOUBLE_EQ(targets.at(0).at_least.value(), row.bound) << row.metric << " " << row.written;
    }
}

TEST(YamlSections, takes_axes_as_one_value_as_list_or_as_range)
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

TEST(YamlSections, a_range_up_to_the_largest_size_ends)
{
    const auto bytes = collective("{pattern: allreduce, bytes: {from: 1, to: 9223372036854775807}}").bytes;
    EXPECT_EQ(bytes.size(), 63U);
    EXPECT_EQ(bytes.back(), std::uint64_t{1} << 62U);
    EXPECT_THAT(collective("{pattern: allreduce, bytes: {from: 1, to: 8, factor: 9223372036854775807}}").bytes,
                ElementsAre(1));
}

TEST(YamlSections, reads_the_stated_rates_of_links)
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

TEST(YamlSections, names_file_line_key_value_reason_and_the_nearest)
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

TEST(YamlSections, refuses_unknown_missing_and_doubled_keys)
{
    expect_refused({
        {head + "sclae: {ranks: 1}\n" + tail, "The nearest valid key is 'scale'"},
        {head + "scale: {rank: 1}\n" + tail, "key 'scale.rank' is unknown"},
        {head + "order: {sed: 1}\n" + tail, "The nearest valid key is 'seed'"},
        {head + "simulation: {latnecy: 1us}\n" + tail, "The nearest valid key is 'latency'"},
        {head + "simulation: {ranks: 4, slow_ranks: {4: 2}}\n" + tail, "The nearest valid key is '3'"},
        {head + "simulation: {ranks: 4, slow_ranks: {first: 2}}\n" + tail, "takes ranks 0 to 3). Choose one of them"},
        {head + "cases:\n  - {patern: barrier}\n", "The nearest valid key is 'pattern'"},
        {head + "banana: 1\n" + tail, ", checkpoint, endurance, acceptance, communicators). Choose one of them"},
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

TEST(YamlSections, refuses_keys_that_mean_nothing_for_the_pattern)
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

TEST(YamlSections, refuses_workloads_that_make_no_sense)
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

TEST(YamlSections, refuses_impossible_sizes)
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

TEST(YamlSections, refuses_impossible_settings)
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
        {head + "communicators: new\n" + tail, "valid are kept, fresh"},
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

TEST(YamlSections, refuses_impossible_targets)
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
        {target("name: x, metric: mfu, at_least: 1.2"), "Write at most 1, which is 100 %"},
        {target("name: x, metric: mfu, at_least: 140%"), "(mfu is a share, from 0 to 1). Write at most 100 %"},
        {target("name: x, metric: linear_speedup, at_least: 90%"),
         "is '90%' (linear_speedup is a factor, not a share). For a percentage of linear speedup name weak_efficiency"},
        {target("name: x, metric: linear_speedup, at_least: 0.9"), "For a share of it name weak_efficiency"},
        {target("name: x, metric: linear_speedup, base_ranks: 8, at_ranks: 64, at_least: 8.1"),
         "is '8.1' (from 8 to 64 ranks 8 is perfect). Write less than 8"},
        {target("name: x, metric: linear_speedup, base_nodes: 2, at_nodes: 5, at_least: 3x"),
         "(from 2 to 5 nodes 2.5 is perfect)"},
        {target("name: x, metric: linear_speedup, at_least: fast"), "Write it as a number such as 7.5"},
        {target("name: x, metric: busbw, where: {nodes: 4}, at_nodes: 8, at_least: 1GB/s"),
         "key 'targets[0].at_nodes' is '8' (its 'where' chooses cases of 4 nodes). Remove one of them"},
        {target("name: x, metric: busbw, where: {ranks: 4}, at_ranks: 8, at_least: 1GB/s"), "cases of 4 ranks"},
        {target("name: x, metric: busbw, where: {dtype: bf16}, at_least: 1GB/s"),
         "The nearest valid value is 'bfloat16'"},
        {target("name: x, metric: busbw, where: {dtype: float}, at_least: 1GB/s"),
         "The nearest valid value is 'float32'"},
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

}  // namespace
}  // namespace plumbline
