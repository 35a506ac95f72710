// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "scenarios/model/matrix_file.hpp"
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <utility>

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 14> keys_of_collectives{"pattern", "scale",      "stop",   "bytes", "dtype",
                                                               "op",      "in_place",   "root",   "pairs", "window",
                                                               "skew",    "algorithms", "timing", "calls"};

constexpr std::array<std::string_view, 8> keys_of_links{"bytes",       "traffic", "level",  "peers",
                                                        "group_nodes", "seed",    "passes", "compute"};

constexpr std::array<std::string_view, 2> keys_of_bisect{"bytes", "repetitions"};

constexpr std::array<std::string_view, 8> keys_of_congestion{"victim",  "aggressor", "bytes",  "aggressor_bytes",
                                                             "victims", "level",     "splits", "seed"};

/// What some pattern takes.
const std::vector<std::string_view>& case_keys()
{
    static const std::vector<std::string_view> keys = [] {
        std::vector<std::string_view> all(keys_of_collectives.begin(), keys_of_collectives.end());
        const auto add = [&](std::span<const std::string_view> more) {
            std::ranges::copy_if(more, std::back_inserter(all),
                                 [&](std::string_view key) { return std::ranges::find(all, key) == all.end(); });
        };
        add(keys_of_links);
        add(keys_of_bisect);
        add(keys_of_congestion);
        add(workload_keys());
        return all;
    }();
    return keys;
}

using Keys = std::vector<std::string_view>;

void expect_case_keys(const Field& field, std::string_view pattern, Keys keys)
{
    keys.insert(keys.begin(), {"pattern", "scale", "stop"});
    field.expect_keys(pattern, keys, case_keys());
}

/// from, from * factor, ... as long as it is at most `to`.
std::vector<std::uint64_t> read_size_range(const Field& field)
{
    constexpr std::array<std::string_view, 3> keys{"from", "to", "factor"};
    field.expect_keys("a range of sizes", keys);
    const std::uint64_t from = field.require("from").bytes();
    const std::uint64_t to = field.require("to").bytes();
    const std::optional<Field> written = field.find("factor");
    const std::uint64_t factor = written ? static_cast<std::uint64_t>(written->integer(2)) : 2;
    if (from > to) {
        field.require("from").reject(say("it is more than 'to', {} B", to), "Swap them");
    }
    std::vector<std::uint64_t> sizes{from};
    while (sizes.back() <= to / factor) {
        sizes.push_back(sizes.back() * factor);
    }
    return sizes;
}

/// "all", or names; the library's own choice, "default", is measured anyway.
AlgorithmAxis read_algorithms(const Field& field)
{
    if (field.is_word("all")) {
        return {.all = true, .names = {}};
    }
    AlgorithmAxis axis;
    axis.names = read_axis(field, [](const Field& item) {
        if (item.is_word("all")) {
            item.reject("it stands for all others", "Write algorithms: all");
        }
        return item.text();
    });
    std::erase(axis.names, "default");
    return axis;
}

std::vector<bool> read_in_place(const Field& field)
{
    if (field.is_word("both")) {
        return {false, true};
    }
    if (field.is_list()) {
        return read_axis(field, [](const Field& item) { return item.boolean(); });
    }
    constexpr std::array<std::string_view, 3> words{"false", "true", "both"};
    return {field.choice(words) == 1};
}

/// drained, chained, or {chained: LENGTH}.
Timing read_timing(const Field& field)
{
    if (!field.is_map()) {
        const TimingRegime regime = pick(field, all_timing_regimes);
        return {.regime = regime, .chain = regime == TimingRegime::chained ? usual_chain : 1};
    }
    constexpr std::array<std::string_view, 1> keys{"chained"};
    field.expect_keys("timing", keys);
    return {.regime = TimingRegime::chained,
            .chain = static_cast<std::uint32_t>(field.require("chained").integer(2, longest_chain))};
}

Keys skew_keys(SkewKind kind)
{
    switch (kind) {
        case SkewKind::uniform:
            return {"kind"};
        case SkewKind::random:
            return {"kind", "seed"};
        case SkewKind::zipf:
        case SkewKind::hot:
            return {"kind", "factor", "seed"};
        case SkewKind::matrix:
            return {"kind", "file"};
    }
    return {};
}

double read_skew_factor(const Field& field, SkewKind kind)
{
    const double factor = field.number();
    const double least = kind == SkewKind::hot ? 1 : 0;
    if (factor <= least) {
        field.reject(say("a number above {} is wanted, {} would be an even spread", least, least),
                     "Write for example 2");
    }
    return factor;
}

void read_skew(const Field& field, InputFiles& files, CollectiveSpec& spec)
{
    constexpr std::array<std::string_view, 4> keys{"kind", "factor", "seed", "file"};
    field.expect_keys("skew", keys);
    spec.skew = pick(field.require("kind"), all_skew_kinds);
    field.expect_keys(fmt::format("skew {}", name(spec.skew)), skew_keys(spec.skew), keys);
    if (const auto seed = field.find("seed")) {
        spec.skew_seed = seed->seed();
    }
    if (spec.skew == SkewKind::hot) {
        spec.skew_factor = read_skew_factor(field.require("factor"), spec.skew);
    } else if (const auto factor = field.find("factor")) {
        spec.skew_factor = read_skew_factor(*factor, spec.skew);
    }
    if (spec.skew == SkewKind::matrix) {
        spec.matrix_path = field.require("file").text();
        spec.matrix_bytes = parse_matrix(files.text(spec.matrix_path), files.path(spec.matrix_path));
        spec.bytes = {bottleneck_bytes(spec.matrix_bytes, matrix_ranks(spec.matrix_bytes))};
    }
}

Keys collective_keys(const CollectiveInfo& what)
{
    Keys keys;
    const auto add_if = [&](bool has_it, std::string_view key) {
        if (has_it) {
            keys.push_back(key);
        }
    };
    add_if(what.size_rule != SizeRule::none, "bytes");
    add_if(what.size_rule != SizeRule::none, "dtype");
    add_if(what.reduces, "op");
    add_if(what.in_place, "in_place");
    add_if(what.rooted, "root");
    add_if(what.pairs, "pairs");
    add_if(what.collective == Collective::bidirectional, "window");
    add_if(what.collective == Collective::alltoallv, "skew");
    add_if(has_algorithms(what.collective), "algorithms");
    add_if(what.call_forms, "calls");
    keys.push_back("timing");
    return keys;
}

void read_size_of_call(const Field& field, const CollectiveInfo& what, CollectiveSpec& spec)
{
    if (spec.skew == SkewKind::matrix) {
        if (const auto bytes = field.find("bytes")) {
            bytes->fail("has no effect with skew matrix (the file gives the sizes). Remove it");
        }
        return;
    }
    if (what.size_rule != SizeRule::none) {
        spec.bytes = read_sizes(field.require("bytes"));
    }
}

CollectiveSpec read_collective(const Field& field, const CollectiveInfo& what, const Scenario& scenario,
                               InputFiles& files)
{
    expect_case_keys(field, what.name, collective_keys(what));
    CollectiveSpec spec;
    spec.collective = what.collective;
    if (has_algorithms(what.collective)) {
        const auto algorithms = field.find("algorithms");
        spec.algorithms = algorithms ? read_algorithms(*algorithms) : scenario.algorithms;
    }
    if (const auto skew = field.find("skew")) {
        read_skew(*skew, files, spec);
    }
    read_size_of_call(field, what, spec);
    if (const auto dtype = field.find("dtype")) {
        spec.dtypes = read_axis(*dtype, pick_data_type);
    }
    if (const auto op = field.find("op")) {
        spec.ops = read_axis(*op, [](const Field& item) { return pick(item, all_reduce_ops); });
    }
    if (const auto in_place = field.find("in_place")) {
        spec.in_place = read_in_place(*in_place);
    }
    if (const auto timing = field.find("timing")) {
        spec.timings = read_axis(*timing, read_timing);
    }
    if (const auto calls = field.find("calls")) {
        spec.calls = read_axis(*calls, [](const Field& item) { return pick(item, all_call_forms); });
    }
    if (const auto root = field.find("root")) {
        spec.root = root->count(0);
    }
    if (const auto pairs = field.find("pairs")) {
        spec.pairs = pick(*pairs, all_pair_layouts);
    }
    if (const auto window = field.find("window")) {
        constexpr int max_window = 65536;
        spec.window = static_cast<int>(window->integer(1, max_window));
    }
    return spec;
}

Pattern read_probe(const Field& field, NetworkProbe probe)
{
    switch (probe) {
        case NetworkProbe::links:
            expect_case_keys(field, name(probe), {keys_of_links.begin(), keys_of_links.end()});
            return read_links_case(field);
        case NetworkProbe::bisect:
            expect_case_keys(field, name(probe), {keys_of_bisect.begin(), keys_of_bisect.end()});
            return read_bisect_case(field);
        case NetworkProbe::congestion:
            expect_case_keys(field, name(probe), {keys_of_congestion.begin(), keys_of_congestion.end()});
            return read_congestion_case(field);
    }
    throw std::logic_error("a probe that nobody reads");
}

Pattern read_pattern(const Field& field, const Scenario& scenario, InputFiles& files)
{
    const Field written = field.require("pattern");
    if (pattern_info(written.text()).kind == PatternKind::imported) {
        written.reject("of other suites' logs alone: plumbline doesn't measure it",
                       "Use pingpong, bidirectional or sendrecv");
    }
    std::vector<std::string_view> measured = pattern_names();  // what is only imported comes last
    std::erase_if(measured,
                  [](std::string_view pattern) { return pattern_info(pattern).kind == PatternKind::imported; });
    const PatternInfo& pattern = all_patterns()[written.choice(measured)];
    if (pattern.collective) {
        return read_collective(field, info(*pattern.collective), scenario, files);
    }
    return pattern.workload ? read_workload(*pattern.workload, field, files) : read_probe(field, pattern.probe.value());
}

}  // namespace

std::vector<std::uint64_t> read_sizes(const Field& field)
{
    if (field.is_map()) {
        return read_size_range(field);
    }
    return read_axis(field, [](const Field& item) { return item.bytes(); });
}

std::vector<std::string_view> pattern_names()
{
    std::vector<std::string_view> names;
    std::ranges::transform(all_patterns(), std::back_inserter(names), &PatternInfo::name);
    return names;
}

/// What other programs call types that are here.
constexpr std::array<std::array<std::string_view, 2>, 12> other_names_of_types{{{"float", "float32"},
                                                                                {"fp32", "float32"},
                                                                                {"double", "float64"},
                                                                                {"fp64", "float64"},
                                                                                {"half", "float16"},
                                                                                {"fp16", "float16"},
                                                                                {"bf16", "bfloat16"},
                                                                                {"bfp16", "bfloat16"},
                                                                                {"int", "int32"},
                                                                                {"fp8_e4m3", "float8_e4m3"},
                                                                                {"fp8_e5m2", "float8_e5m2"},
                                                                                {"byte", "uint8"}}};

DataType pick_data_type(const Field& field)
{
    const auto other = std::ranges::find(other_names_of_types, field.text(), [](const auto& row) { return row[0]; });
    if (other != other_names_of_types.end()) {
        field.reject("it is called otherwise here", fmt::format("The nearest valid value is '{}'", (*other)[1]));
    }
    std::vector<std::string_view> names;
    for (const DataTypeInfo& type : all_data_types()) {
        names.push_back(type.name);
    }
    return all_data_types()[field.choice(names)].dtype;
}

CaseEntry read_case(const Field& field, const Scenario& scenario, InputFiles& files)
{
    field.expect_keys("a case", case_keys());
    CaseEntry entry{.pattern = read_pattern(field, scenario, files), .scale = {}, .stop = {}, .line = field.line()};
    if (const auto scale = field.find("scale")) {
        entry.scale = read_scale(*scale, scenario.scale);
    }
    if (const auto stop = field.find("stop")) {
        entry.stop = read_stop(*stop, scenario.stop);
    }
    return entry;
}

}  // namespace plumbline
