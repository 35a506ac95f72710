// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_identity.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {
namespace {

constexpr std::array placements{Named{"compact", Placement::compact}, Named{"spread", Placement::spread},
                                Named{"random", Placement::random}};

/// "4 ranks", "1 rank".
std::string pluralize(int count, std::string_view one, std::string_view many)
{
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string describe_scale(const CaseIdentity& what)
{
    std::string text = pluralize(what.ranks, "rank", "ranks");
    if (what.nodes > 1) {
        text += " on " + pluralize(what.nodes, "node", "nodes");
    }
    if (what.placement != Placement::compact) {
        text += fmt::format(", {} placement", name(what.placement));
    }
    if (what.subset > 0) {
        text += fmt::format(", subset {}", what.subset);
    }
    return text;
}

std::string describe_pipeline(const CaseIdentity& what)
{
    std::string text = what.pattern;
    if (const auto schedule = text_parameter(what, "schedule")) {
        text += " " + *schedule;
    }
    if (const auto microbatches = number_parameter<int>(what, "microbatches")) {
        text += " " + pluralize(*microbatches, "micro-batch", "micro-batches");
    }
    return text + ", " + format_bytes(what.bytes);
}

std::string describe_data_parallel(const CaseIdentity& what)
{
    std::string text = what.pattern;
    if (const auto compute = number_parameter<double>(what, "compute_s")) {
        text += " " + format_seconds(*compute) + " compute,";
    }
    return text + fmt::format(" {} {}", name(what.dtype), format_bytes(what.bytes));
}

std::string describe_training_step(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto batch = text_parameter(what, "global_batch");
    return fmt::format("training_step {}, tensor {} x pipeline {}, {}, {}", words("model"), words("tensor"),
                       words("pipeline"), words("schedule"),
                       batch ? "batch " + *batch : "batch " + words("batch_per_replica") + " a replica");
}

std::string describe_parameters(const CaseIdentity& what)
{
    std::string text;
    for (const auto& [key, value] : what.parameters) {
        if (key == "timing" || key == "chain") {
            continue;
        }
        std::string words = key;
        std::replace(words.begin(), words.end(), '_', ' ');
        text += key == "pairs" ? fmt::format(", {} pairs", value) : fmt::format(", {} {}", words, value);
    }
    return text;
}

std::string describe_collective(const CaseIdentity& what, const CollectiveInfo& collective)
{
    std::string text = what.pattern;
    if (collective.size_rule != SizeRule::none) {
        text += fmt::format(" {}", name(what.dtype));
        if (collective.reduces) {
            text += fmt::format(" {}", name(what.op));
        }
        text += " " + format_bytes(what.bytes);
    }
    if (what.in_place) {
        text += " in place";
    }
    if (collective.rooted && what.root != 0) {
        text += fmt::format(", root {}", what.root);
    }
    text += describe_parameters(what);
    const Timing timing = timing_of(what);
    return timing.regime == TimingRegime::chained ? text + fmt::format(", chained by {}", timing.chain) : text;
}

std::string describe_links(const CaseIdentity& what)
{
    std::string text = "links";
    if (text_parameter(what, "level")) {
        text += " of nodes";
    }
    text += " " + format_bytes(what.bytes);
    if (text_parameter(what, "traffic") == "both_ways") {
        text += ", both ways at once";
    }
    if (const auto peers = number_parameter<int>(what, "peers")) {
        const auto group = number_parameter<int>(what, "group_nodes");
        text += ", " + pluralize(*peers, "peer each", "peers each") +
                (group ? " in every group of " + pluralize(*group, "node", "nodes") : "");
    }
    return text;
}

std::string describe_congestion(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto bytes = number_parameter<std::uint64_t>(what, "aggressor_bytes");
    const std::string aggressor = words("aggressor") == "none"
                                      ? "nothing"
                                      : fmt::format("{} {}", words("aggressor"), format_bytes(bytes.value_or(0)));
    return fmt::format("congestion: {} {} beside {}{}", words("victim"), format_bytes(what.bytes), aggressor,
                       text_parameter(what, "level") ? ", nodes shared" : "");
}

std::string describe_bisect(const CaseIdentity& what)
{
    std::string text = what.pattern + " " + format_bytes(what.bytes);
    if (const auto repetitions = number_parameter<int>(what, "repetitions")) {
        text += ", " + pluralize(*repetitions, "repetition", "repetitions");
    }
    return text;
}

std::string describe_plainly(const CaseIdentity& what)
{
    return what.pattern + " " + format_bytes(what.bytes) + describe_parameters(what);
}

std::string describe_workload(const CaseIdentity& what, WorkloadKind workload)
{
    switch (workload) {
        case WorkloadKind::pipeline:
            return describe_pipeline(what);
        case WorkloadKind::data_parallel:
            return describe_data_parallel(what);
        case WorkloadKind::training_step:
            return describe_training_step(what);
        case WorkloadKind::tensor_parallel:
        case WorkloadKind::decode:
        case WorkloadKind::expert_parallel:
            break;
    }
    return describe_plainly(what);
}

std::string describe_probe(const CaseIdentity& what, NetworkProbe probe)
{
    switch (probe) {
        case NetworkProbe::links:
            return describe_links(what);
        case NetworkProbe::congestion:
            return describe_congestion(what);
        case NetworkProbe::bisect:
            break;
    }
    return describe_bisect(what);
}

std::string describe_pattern(const CaseIdentity& what)
{
    const PatternInfo& pattern = pattern_info(what.pattern);
    if (pattern.collective) {
        return describe_collective(what, info(*pattern.collective));
    }
    if (pattern.workload) {
        return describe_workload(what, *pattern.workload);
    }
    return pattern.probe ? describe_probe(what, *pattern.probe) : describe_plainly(what);
}

}  // namespace

std::string_view name(Placement placement)
{
    return name_in(placements, placement);
}
std::optional<Placement> parse_placement(std::string_view text)
{
    return find_in(placements, text);
}

bool same_but_scale(const CaseIdentity& a, const CaseIdentity& b)
{
    return a.pattern == b.pattern && a.bytes == b.bytes && a.dtype == b.dtype && a.op == b.op &&
           a.in_place == b.in_place && a.root == b.root && a.placement == b.placement && a.parameters == b.parameters;
}

std::string family_key(const CaseIdentity& what)
{
    // Texts with their lengths: no two lists of them run into one.
    std::string key = fmt::format("{}:{} {} {} {} {} {} {}", what.pattern.size(), what.pattern, what.bytes,
                                  static_cast<int>(what.dtype), static_cast<int>(what.op), what.in_place, what.root,
                                  static_cast<int>(what.placement));
    for (const auto& [name, value] : what.parameters) {
        key += fmt::format(" {}:{} {}:{}", name.size(), name, value.size(), value);
    }
    return key;
}

std::optional<AlgorithmChoice> algorithm_of(const CaseIdentity& what)
{
    auto algorithm = text_parameter(what, "algorithm");
    const auto collective = parse_collective(what.pattern);
    if (!algorithm || !collective) {
        return std::nullopt;
    }
    return AlgorithmChoice{.collective = *collective, .name = *std::move(algorithm)};
}

std::string describe(const CaseIdentity& what)
{
    return describe_pattern(what) + ", " + describe_scale(what);
}

}  // namespace plumbline
