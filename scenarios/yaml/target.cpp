// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/units.hpp"
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 2> unmeasured_keys{"name", "unmeasured"};
constexpr std::array<std::string_view, 15> target_keys{
    "unmeasured", "name",    "metric",         "where",      "base_ranks", "base_nodes", "at_ranks",  "at_nodes",
    "at_least",   "at_most", "across_fabrics", "definition", "algorithm",  "quantile",   "confidence"};

std::string shortest_integer(const Field& field)
{
    return std::to_string(field.integer(0));
}

/// What a case can be chosen by -> how its value is brought to the form in which a case has it.
const std::map<std::string_view, std::function<std::string(const Field&)>>& where_keys()
{
    const auto seconds = [](const Field& field) { return shortest_number(field.positive_seconds()); };
    static const std::map<std::string_view, std::function<std::string(const Field&)>> keys{
        {"pattern",
         [](const Field& field) {
             const std::vector<std::string_view> names = pattern_names();
             return std::string(names[field.choice(names)]);
         }},
        {"bytes", [](const Field& field) { return std::to_string(field.bytes()); }},
        {"dtype", [](const Field& field) { return std::string(name(pick_data_type(field))); }},
        {"op", [](const Field& field) { return std::string(name(pick(field, all_reduce_ops))); }},
        {"in_place", [](const Field& field) { return std::string(field.boolean() ? "true" : "false"); }},
        {"algorithm", [](const Field& field) { return field.text(); }},
        {"timing", [](const Field& field) { return std::string(name(pick(field, all_timing_regimes))); }},
        {"chain", shortest_integer},
        {"calls", [](const Field& field) { return std::string(name(pick(field, all_call_forms))); }},
        {"ranks", shortest_integer},
        {"nodes", shortest_integer},
        {"placement", [](const Field& field) { return std::string(name(pick(field, all_placements))); }},
        {"window", shortest_integer},
        {"pairs", [](const Field& field) { return std::string(name(pick(field, all_pair_layouts))); }},
        {"skew", [](const Field& field) { return std::string(name(pick(field, all_skew_kinds))); }},
        {"skew_factor", [](const Field& field) { return shortest_number(field.number()); }},
        {"skew_seed", [](const Field& field) { return std::to_string(field.seed()); }},
        {"at_once", [](const Field& field) { return std::string(field.boolean() ? "true" : "false"); }},
        {"skew_bytes", [](const Field& field) { return field.text(); }},
        {"matrix", [](const Field& field) { return field.text(); }},
        {"schedule", [](const Field& field) { return std::string(name(pick(field, all_pipeline_schedules))); }},
        {"microbatches", shortest_integer},
        {"stages", shortest_integer},
        {"chunks", shortest_integer},
        {"weight_s", seconds},
        {"transfers", [](const Field& field) { return std::string(name(pick(field, all_transfers))); }},
        {"sharding", [](const Field& field) { return std::string(name(pick(field, all_shardings))); }},
        {"bucket_bytes", [](const Field& field) { return std::to_string(field.bytes()); }},
        {"compute_kind", [](const Field& field) { return std::string(name(pick(field, all_compute_kinds))); }},
        {"layers", shortest_integer},
        {"experts", shortest_integer},
        {"groups", shortest_integer},
        {"tokens", shortest_integer},
        {"model", [](const Field& field) { return field.text(); }},
        {"tensor", shortest_integer},
        {"pipeline", shortest_integer},
        {"expert", shortest_integer},
        {"global_batch", shortest_integer},
        {"batch_per_replica", shortest_integer},
        {"victim", [](const Field& field) { return std::string(name(pick(field, all_victims))); }},
        {"aggressor", [](const Field& field) { return std::string(name(pick(field, all_aggressors))); }},
        {"aggressor_bytes", [](const Field& field) { return std::to_string(field.bytes()); }},
        {"forward_s", seconds},
        {"backward_s", seconds},
        {"compute_s", seconds},
    };
    return keys;
}

ByteRange read_byte_range(const Field& field)
{
    constexpr std::array<std::string_view, 2> keys{"from", "to"};
    field.expect_keys("a range of bytes", keys);
    ByteRange range;
    if (const auto from = field.find("from")) {
        range.from = from->bytes();
    }
    if (const auto to = field.find("to")) {
        range.to = to->bytes();
    }
    if (!range.from && !range.to) {
        field.fail("has neither from nor to (a range has an end). Write {from: 1MiB, to: 1GiB}");
    }
    if (range.from && range.to && *range.from > *range.to) {
        field.require("to").reject("it is below from", "Write the larger size under to");
    }
    return range;
}

/// Into `target`: what its cases are chosen by.
void read_where(const Field& field, Target& target)
{
    std::vector<std::string_view> valid;
    for (const auto& [key, canonical] : where_keys()) {
        valid.push_back(key);
    }
    field.expect_keys("where", valid);
    for (const Field& member : field.members()) {
        if (member.key() == "bytes" && member.is_map()) {
            target.bytes = read_byte_range(member);
        } else {
            target.where[member.key()] = where_keys().at(member.key())(member);
        }
    }
}

/// Under `in_ranks` or `in_nodes` of a target.
std::optional<ScaleRef> read_scale_ref(const Field& target, std::string_view in_ranks, std::string_view in_nodes)
{
    const auto ranks = target.find(in_ranks);
    const auto nodes = target.find(in_nodes);
    if (ranks && nodes) {
        nodes->fail(say("is given together with '{}' (a scale counts either ranks or nodes). Remove one", in_ranks));
    }
    const auto& written = ranks ? ranks : nodes;
    if (!written) {
        return std::nullopt;
    }
    ScaleRef scale;
    scale.unit = ranks ? ScaleUnit::ranks : ScaleUnit::nodes;
    if (!written->is_word("all")) {
        scale.count = written->count(1);
    }
    return scale;
}

bool has_percent_sign(std::string_view text)
{
    return text.find('%') != std::string_view::npos || text.find("％") != std::string_view::npos;
}

/// A share is 0 to 1 or a percentage, and a factor is neither: what can't be reached, or always is, is no target.
void check_range(const Field& field, const MetricInfo& metric, double bound)
{
    constexpr double surely = 10;  // from here on a percentage is meant
    const bool in_percent = has_percent_sign(field.text());
    if (metric.range == MetricRange::share && bound > 1) {
        field.reject(say("{} is a share, from 0 to 1", metric.name),
                     in_percent       ? say("Write at most 100 %")
                     : bound < surely ? say("Write at most 1, which is 100 %")
                                      : say("Write {} % or {}", field.text(), shortest_number(bound / 100)));
    }
    if (metric.range != MetricRange::factor) {
        return;
    }
    if (in_percent) {
        field.reject(say("{} is a factor, not a share", metric.name),
                     metric.metric == Metric::linear_speedup ? "For a percentage of linear speedup name weak_efficiency"
                                                             : "Write it as a number such as 1.2");
    }
    if (metric.metric == Metric::linear_speedup && bound <= 1) {
        field.reject("linear_speedup is a factor on the base scale, n/n0 where it is perfect, so every run passes",
                     "For a share of it name weak_efficiency");
    }
}

/// "7.5x", as speedups are written, or "7.5".
double read_factor(const Field& field)
{
    std::string_view text = field.text();
    bool times = false;
    for (const std::string_view sign : {"x", "X", "倍"}) {
        if (!times && text.ends_with(sign)) {
            times = true;
            text.remove_suffix(sign.size());
        }
    }
    if (times) {
        text = text.substr(0, text.find_last_not_of(' ') + 1);
    }
    double factor = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), factor);
    if (times && error == std::errc{} && end == text.data() + text.size() && std::isfinite(factor)) {
        return factor;
    }
    if (!has_percent_sign(text) && (error != std::errc{} || end != text.data() + text.size())) {
        field.reject("a factor is wanted", "Write it as a number such as 7.5");
    }
    return field.number();
}

/// In the metric's unit; words with a unit of their own are converted.
double read_bound(const Field& field, const MetricInfo& metric)
{
    double bound = 0;
    if (metric.unit == "GB/s") {
        const std::string& written = field.text();
        const bool has_unit = written.find_first_not_of("0123456789.eE+-") != std::string::npos;
        bound = has_unit ? field.bytes_per_second() / 1e9 : field.number();
    } else {
        bound = metric.unit == "s"                    ? field.seconds()
                : metric.range == MetricRange::factor ? read_factor(field)
                                                      : field.number();
    }
    if (metric.range == MetricRange::count) {
        if (bound < 0 || bound != std::floor(bound)) {
            field.reject(say("{} is a count", metric.name), "Write 0, 1, 2, ...");
        }
        return bound;
    }
    if (bound <= 0) {
        field.reject("a bound above 0 is wanted, any measurement would be on one side of it",
                     "Write the value to reach");
    }
    check_range(field, metric, bound);
    return bound;
}

/// No speedup is above how much larger the scale is.
void check_speedup(const Field& bound, const Target& target)
{
    const auto& base = target.base;
    const auto& at = target.at;
    if (target.metric != Metric::linear_speedup || !base || !at || base->unit != at->unit || !base->count ||
        !at->count) {
        return;
    }
    const double perfect = static_cast<double>(*at->count) / *base->count;
    if (*target.at_least > perfect) {
        bound.reject(fmt::format("from {} to {} {} {} is perfect", *base->count, *at->count,
                                 at->unit == ScaleUnit::ranks ? "ranks" : "nodes", shortest_number(perfect)),
                     fmt::format("Write less than {}", shortest_number(perfect)));
    }
}

void read_bounds(const Field& field, Target& target)
{
    const MetricInfo& metric = info(target.metric);
    const std::optional<Field> at_least = field.find("at_least");
    const std::optional<Field> at_most = field.find("at_most");
    if (at_least.has_value() == at_most.has_value()) {
        field.fail(say("has {} of at_least and at_most (exactly one says what passes). {} one",
                       at_least ? "both" : "none", at_least ? "Remove" : "Add"));
    }
    if (at_least && metric.range == MetricRange::count) {
        at_least->fail(
            say("does not apply to {} (a count of what went wrong has an upper bound). Write "
                "at_most: 0",
                metric.name));
    }
    const std::string& written = (at_least ? at_least : at_most)->text();
    target.in_plain_seconds = metric.unit == "s" && written.find_first_not_of("0123456789.eE+- ") == std::string::npos;
    if (at_least) {
        target.at_least = read_bound(*at_least, metric);
        check_speedup(*at_least, target);
    } else {
        target.at_most = read_bound(*at_most, metric);
    }
}

/// The cases that `where` chooses can be of the scale at which they are judged.
void check_scale_of_cases(const Field& field, const Target& target)
{
    if (!target.at || !target.at->count) {
        return;
    }
    const bool in_ranks = target.at->unit == ScaleUnit::ranks;
    const auto chosen = target.where.find(in_ranks ? "ranks" : "nodes");
    if (chosen != target.where.end() && chosen->second != std::to_string(*target.at->count)) {
        field.require(in_ranks ? "at_ranks" : "at_nodes")
            .reject(fmt::format("its 'where' chooses cases of {} {}", chosen->second, in_ranks ? "ranks" : "nodes"),
                    "Remove one of them");
    }
}

void read_scales(const Field& field, Target& target)
{
    const MetricInfo& metric = info(target.metric);
    for (const std::string_view key : {"base_ranks", "base_nodes", "across_fabrics"}) {
        if (const auto written = field.find(key); written && !metric.relative) {
            written->fail(say("does not apply to {} (it has no base scale). Remove it", metric.name));
        }
    }
    for (const std::string_view key : {"at_ranks", "at_nodes"}) {
        if (const auto written = field.find(key); written && metric.range == MetricRange::count) {
            written->fail(say("does not apply to {} (it counts over all cases). Choose them under where", metric.name));
        }
    }
    target.base = read_scale_ref(field, "base_ranks", "base_nodes");
    target.at = read_scale_ref(field, "at_ranks", "at_nodes");
    check_scale_of_cases(field, target);
    if (target.base && target.at && target.base->unit == target.at->unit && target.at->count &&
        (!target.base->count || *target.base->count >= *target.at->count)) {
        const bool in_ranks = target.at->unit == ScaleUnit::ranks;
        field.require(in_ranks ? "at_ranks" : "at_nodes")
            .reject(say("it is not above {}", in_ranks ? "base_ranks" : "base_nodes"), "Write a larger scale, or all");
    }
    if (const auto across = field.find("across_fabrics")) {
        target.across_fabrics = across->boolean();
    }
    if (target.base && target.base->unit == ScaleUnit::nodes && target.base->count == 1 && !target.across_fabrics) {
        field.require("base_nodes")
            .reject("every larger scale is on another fabric than one node", "Add across_fabrics: true, or write 2");
    }
}

/// Of what a share is attained, or by what a bandwidth is to be had.
void read_algorithm(const Field& field, Target& target)
{
    const auto algorithm = field.find("algorithm");
    if (!algorithm) {
        return;
    }
    const bool of_bandwidth = target.metric == Metric::busbw || target.metric == Metric::algbw;
    if (target.metric != Metric::fraction_of_attainable && !of_bandwidth) {
        algorithm->fail(
            say("does not apply to {} (it is held against no algorithm). Remove it, or name "
                "fraction_of_attainable",
                info(target.metric).name));
    }
    const auto reference = parse_algorithm_reference(algorithm->text());
    if (!reference) {
        algorithm->choice(algorithm_reference_names());  // says which there are, and the nearest
        algorithm->reject("rails are counted of a ring alone", "Write for example ring:2");
    }
    target.algorithm = *reference;
    const auto pattern = target.where.find("pattern");
    const auto collective = pattern == target.where.end() ? std::nullopt : parse_collective(pattern->second);
    if (reference->kind == AlgorithmReference::Kind::named && collective) {
        if (const auto lacks = lacks_algorithm(*collective, reference->algorithm)) {
            algorithm->reject(*lacks, "Name one of them, or best");
        }
    }
}

/// A share strictly between 0 and 1.
double read_inner_share(const Field& field)
{
    const double share = field.number();
    if (share <= 0 || share >= 1) {
        field.reject("a share between 0 and 1 is wanted", "Write for example 95%");
    }
    return share;
}

/// Keys that only targets of a soak have, and those that none of them has.
void read_soak_keys(const Field& field, Target& target)
{
    const MetricInfo& metric = info(target.metric);
    const bool of_soak = metric.of_soak != MetricInfo::OfSoak::no;
    if (const auto quantile = field.find("quantile")) {
        if (!metric.has_quantile) {
            quantile->fail(say("does not apply to {} (it is one number). Remove it", metric.name));
        }
        target.quantile = read_inner_share(*quantile);
    }
    if (const auto confidence = field.find("confidence")) {
        if (!metric.has_quantile && target.metric != Metric::mtbf) {
            confidence->fail(
                say("does not apply to {} (the run's own counts, stop.confidence). Remove it", metric.name));
        }
        target.confidence = read_inner_share(*confidence);
    }
    if (!of_soak) {
        return;
    }
    for (const std::string_view key : {"where", "at_ranks", "at_nodes"}) {
        if (const auto written = field.find(key)) {
            written->fail(say("does not apply to {} (it is about a soak as a whole). Remove it", metric.name));
        }
    }
    const bool more = metric.of_soak == MetricInfo::OfSoak::more_is_better;
    if (const auto wrong = field.find(more ? "at_most" : "at_least")) {
        wrong->fail(say("does not apply to {} ({} of it is better). Write {}", metric.name, more ? "more" : "less",
                        more ? "at_least" : "at_most"));
    }
}

Target read_target(const Field& field)
{
    field.expect_keys("a target", target_keys);
    std::vector<std::string_view> metrics;
    for (const MetricInfo& metric : all_metrics()) {
        if (metric.metric != Metric::unmeasured) {
            metrics.push_back(metric.name);
        }
    }
    Target target;
    target.name = field.require("name").text();
    if (const auto unmeasured = field.find("unmeasured")) {
        field.expect_keys("a target that is not measured", unmeasured_keys, target_keys);
        target.metric = Metric::unmeasured;
        target.unmeasured = unmeasured->text();
        return target;
    }
    target.metric = parse_metric(metrics[field.require("metric").choice(metrics)]).value();
    if (const auto where = field.find("where")) {
        read_where(*where, target);
    }
    if (const auto definition = field.find("definition")) {
        target.definition = definition->text();
    }
    read_algorithm(field, target);
    read_soak_keys(field, target);
    read_scales(field, target);
    read_bounds(field, target);
    return target;
}

}  // namespace

std::vector<Target> read_targets(const Field& field)
{
    std::vector<Target> targets;
    std::set<std::string> names;
    for (const Field& item : field.items()) {
        targets.push_back(read_target(item));
        if (!names.insert(targets.back().name).second) {
            item.require("name").reject("another target has that name", "Give each its own");
        }
    }
    return targets;
}

}  // namespace plumbline
