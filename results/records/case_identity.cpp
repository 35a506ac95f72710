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

/// `text, more`.
void add(Sentence& text, const Sentence& more)
{
    text = say("{}, {}", text, more);
}

/// `text word`.
void append(Sentence& text, const Sentence& more)
{
    text = say("{} {}", text, more);
}

Sentence describe_scale(const CaseIdentity& what)
{
    Sentence text = ranks_said(what.ranks);
    if (what.nodes > 1) {
        text = say("{} on {}", text, nodes_said(what.nodes));
    }
    if (what.placement != Placement::compact) {
        add(text, say("{} placement", word(name(what.placement))));
    }
    if (what.subset > 0) {
        add(text, say("subset {}", what.subset));
    }
    return text;
}

Sentence describe_pipeline(const CaseIdentity& what)
{
    Sentence text = word(what.pattern);
    if (const auto schedule = text_parameter(what, "schedule")) {
        append(text, *schedule);
    }
    if (const auto microbatches = number_parameter<int>(what, "microbatches")) {
        append(text, count_said(*microbatches, "{} micro-batch", "{} micro-batches"));
    }
    if (const auto stages = number_parameter<int>(what, "stages")) {
        add(text, say("at most {} stages each", *stages));
    }
    return say("{}, {}", text, format_bytes(what.bytes));
}

Sentence describe_data_parallel(const CaseIdentity& what)
{
    const Sentence pattern = word(what.pattern);
    const Sentence data = say("{} {}", name(what.dtype), format_bytes(what.bytes));
    const auto compute = number_parameter<double>(what, "compute_s");
    return compute ? say("{} {} compute, {}", pattern, format_seconds(*compute), data) : say("{} {}", pattern, data);
}

Sentence describe_training_step(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto batch = text_parameter(what, "global_batch");
    return say("training_step {}, tensor {} x pipeline {}, {}, {}", words("model"), words("tensor"), words("pipeline"),
               words("schedule"),
               batch ? say("batch {}", *batch) : say("batch {} a replica", words("batch_per_replica")));
}

void add_parameters(Sentence& text, const CaseIdentity& what)
{
    for (const auto& [key, value] : what.parameters) {
        if (key == "timing" || key == "chain") {
            continue;
        }
        std::string words = key;
        std::replace(words.begin(), words.end(), '_', ' ');
        add(text, key == "pairs" ? say("{} pairs", word(value)) : say("{} {}", word(words), word(value)));
    }
}

Sentence describe_collective(const CaseIdentity& what, const CollectiveInfo& collective)
{
    Sentence text = word(what.pattern);
    if (collective.size_rule != SizeRule::none) {
        append(text, name(what.dtype));
        if (collective.reduces) {
            append(text, word(name(what.op)));
        }
        append(text, format_bytes(what.bytes));
    }
    if (what.in_place) {
        text = say("{} in place", text);
    }
    if (collective.rooted && what.root != 0) {
        add(text, say("root {}", what.root));
    }
    add_parameters(text, what);
    if (const Timing timing = timing_of(what); timing.regime == TimingRegime::chained) {
        add(text, say("chained by {}", timing.chain));
    }
    return text;
}

Sentence describe_links(const CaseIdentity& what)
{
    Sentence text = text_parameter(what, "level") ? say("links of nodes {}", format_bytes(what.bytes))
                                                  : say("links {}", format_bytes(what.bytes));
    if (text_parameter(what, "traffic") == "both_ways") {
        add(text, say("both ways at once"));
    }
    if (const auto peers = number_parameter<int>(what, "peers")) {
        const Sentence each = count_said(*peers, "{} peer each", "{} peers each");
        const auto group = number_parameter<int>(what, "group_nodes");
        add(text, group ? say("{} in every group of {}", each, nodes_said(*group)) : each);
    }
    return text;
}

Sentence describe_congestion(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto bytes = number_parameter<std::uint64_t>(what, "aggressor_bytes");
    const Sentence aggressor = words("aggressor") == "none"
                                   ? say("nothing")
                                   : say("{} {}", word(words("aggressor")), format_bytes(bytes.value_or(0)));
    Sentence text = say("congestion: {} {} beside {}", word(words("victim")), format_bytes(what.bytes), aggressor);
    if (text_parameter(what, "level")) {
        add(text, say("nodes shared"));
    }
    return text;
}

Sentence describe_bisect(const CaseIdentity& what)
{
    Sentence text = say("{} {}", word(what.pattern), format_bytes(what.bytes));
    if (const auto repetitions = number_parameter<int>(what, "repetitions")) {
        add(text, count_said(*repetitions, "{} repetition", "{} repetitions"));
    }
    return text;
}

Sentence describe_plainly(const CaseIdentity& what)
{
    Sentence text = say("{} {}", word(what.pattern), format_bytes(what.bytes));
    add_parameters(text, what);
    return text;
}

Sentence describe_workload(const CaseIdentity& what, WorkloadKind workload)
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

Sentence describe_probe(const CaseIdentity& what, NetworkProbe probe)
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

Sentence describe_pattern(const CaseIdentity& what)
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

Sentence description(const CaseIdentity& what)
{
    return say("{}, {}", describe_pattern(what), describe_scale(what));
}

std::string describe(const CaseIdentity& what)
{
    return description(what).english();
}

}  // namespace plumbline
