// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_identity.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
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

/// What isn't as in most cases: type, operation, buffers, root.
void add_variant(Sentence& text, const CaseIdentity& what)
{
    const CaseIdentity usual;
    const auto collective = parse_collective(what.pattern);
    if (what.dtype != usual.dtype) {
        add(text, name(what.dtype));
    }
    if (what.op != usual.op && collective && info(*collective).reduces) {
        add(text, word(name(what.op)));
    }
    if (what.in_place) {
        add(text, say("in place"));
    }
    if (what.root != usual.root) {
        add(text, say("root {}", what.root));
    }
}

/// What tells few cases apart, or is said in another way.
constexpr std::array<std::string_view, 8> not_in_titles{"timing",    "chain",          "compute_kind", "gemm_size",
                                                        "skew_seed", "skew_generator", "skew_bytes",   "matrix"};

void add_parameters(Sentence& text, const CaseIdentity& what)
{
    for (const auto& [key, value] : what.parameters) {
        if (std::ranges::find(not_in_titles, key) == not_in_titles.end()) {
            add(text, parameter_said(key, value));
        }
    }
    if (const Timing timing = timing_of(what); timing.regime == TimingRegime::chained) {
        add(text, say("chained by {}", timing.chain));
    }
}

Sentence describe_pipeline(const CaseIdentity& what)
{
    Sentence text = title_of_pattern(what.pattern);
    if (const auto schedule = text_parameter(what, "schedule")) {
        text = say("{} {}", text, *schedule);
    }
    add(text, format_bytes(what.bytes));
    if (const auto microbatches = number_parameter<int>(what, "microbatches")) {
        add(text, count_said(*microbatches, "{} micro-batch", "{} micro-batches"));
    }
    if (const auto stages = number_parameter<int>(what, "stages")) {
        add(text, say("at most {} stages each", *stages));
    }
    add_variant(text, what);
    return text;
}

Sentence describe_data_parallel(const CaseIdentity& what)
{
    Sentence text = say("{}, {}", title_of_pattern(what.pattern), format_bytes(what.bytes));
    if (const auto compute = number_parameter<double>(what, "compute_s")) {
        add(text, say("compute {}", format_seconds(*compute)));
    }
    add_variant(text, what);
    return text;
}

Sentence describe_training_step(const CaseIdentity& what)
{
    const auto words = [&](const std::string& key) { return text_parameter(what, key).value_or("?"); };
    const auto batch = text_parameter(what, "global_batch");
    Sentence text =
        say("training step of {}, tensor {} x pipeline {}, {}, {}", words("model"), words("tensor"), words("pipeline"),
            words("schedule"), batch ? say("batch {}", *batch) : say("batch {} a replica", words("batch_per_replica")));
    add_variant(text, what);
    return text;
}

Sentence describe_links(const CaseIdentity& what)
{
    Sentence text = text_parameter(what, "level") ? say("links of nodes, {}", format_bytes(what.bytes))
                                                  : say("links, {}", format_bytes(what.bytes));
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
    const Sentence aggressor = words("aggressor") == "none" ? say("nothing")
                                                            : say("{} {}", title_of_pattern(words("aggressor")),
                                                                  format_bytes(bytes.value_or(0)));
    Sentence text =
        say("congestion: {} {} beside {}", title_of_pattern(words("victim")), format_bytes(what.bytes), aggressor);
    if (text_parameter(what, "level")) {
        add(text, say("nodes shared"));
    }
    return text;
}

Sentence describe_bisect(const CaseIdentity& what)
{
    Sentence text = say("{}, {}", title_of_pattern(what.pattern), format_bytes(what.bytes));
    if (const auto repetitions = number_parameter<int>(what, "repetitions")) {
        add(text, count_said(*repetitions, "{} repetition", "{} repetitions"));
    }
    return text;
}

/// An operation, and whatever has no form of its own.
Sentence describe_plainly(const CaseIdentity& what)
{
    Sentence text = title_of_pattern(what.pattern);
    const auto collective = parse_collective(what.pattern);
    if (!collective || info(*collective).size_rule != SizeRule::none) {
        add(text, format_bytes(what.bytes));
        add_variant(text, what);
    }
    add_parameters(text, what);
    return text;
}

Sentence describe_pattern(const CaseIdentity& what)
{
    const PatternInfo& pattern = pattern_info(what.pattern);
    if (pattern.workload == WorkloadKind::pipeline) {
        return describe_pipeline(what);
    }
    if (pattern.workload == WorkloadKind::data_parallel) {
        return describe_data_parallel(what);
    }
    if (pattern.workload == WorkloadKind::training_step) {
        return describe_training_step(what);
    }
    if (!pattern.probe) {
        return describe_plainly(what);
    }
    switch (*pattern.probe) {
        case NetworkProbe::links:
            return describe_links(what);
        case NetworkProbe::congestion:
            return describe_congestion(what);
        case NetworkProbe::bisect:
            break;
    }
    return describe_bisect(what);
}

std::string scale_key(const CaseIdentity& what)
{
    return fmt::format("{} {} {} {}", what.ranks, what.nodes, what.subset, static_cast<int>(what.placement));
}

/// The same for cases that a reader takes for one unless more is said.
std::string cell_key(const CaseIdentity& what)
{
    return fmt::format("{} {} {}", what.pattern, what.bytes, scale_key(what));
}

std::string whole_key(const CaseIdentity& what)
{
    return family_key(what) + "\n" + scale_key(what);
}

/// What distinguishes cases of one cell, by name: the value as text.
std::map<std::string, std::string> properties_of(const CaseIdentity& what)
{
    std::map<std::string, std::string> properties = what.parameters;
    properties.emplace("dtype", name(what.dtype));
    properties.emplace("op", name(what.op));
    properties.emplace("in_place", what.in_place ? "yes" : "no");
    properties.emplace("root", fmt::format("{}", what.root));
    return properties;
}

/// The words for a property where the usual title leaves it out.
std::optional<Sentence> left_out(const CaseIdentity& what, const std::string& property)
{
    const CaseIdentity usual;
    if (property == "dtype") {
        return what.dtype == usual.dtype ? std::optional<Sentence>(name(what.dtype)) : std::nullopt;
    }
    if (property == "op") {
        return what.op == usual.op ? std::optional(word(name(what.op))) : std::nullopt;
    }
    if (property == "in_place") {
        return what.in_place ? std::nullopt : std::optional(say("out of place"));
    }
    if (property == "root") {
        return what.root == usual.root ? std::optional(say("root {}", what.root)) : std::nullopt;
    }
    const auto value = text_parameter(what, property);
    CaseIdentity without = what;
    without.parameters.erase(property);
    return value && description(without, {}) == description(what, {}) ? std::optional(parameter_said(property, *value))
                                                                      : std::nullopt;
}

/// The properties that aren't the same in all of these.
std::set<std::string> telling(std::span<const CaseIdentity* const> cases)
{
    std::map<std::string, std::map<std::string, std::size_t>> cases_with;
    for (const CaseIdentity* what : cases) {
        for (const auto& [property, value] : properties_of(*what)) {
            ++cases_with[property][value];
        }
    }
    std::set<std::string> names;
    for (const auto& [property, values] : cases_with) {
        if (values.size() > 1 || values.begin()->second != cases.size()) {
            names.insert(property);
        }
    }
    return names;
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
    return description(what, {});
}

std::string describe(const CaseIdentity& what)
{
    return description(what).english();
}

Sentence parameter_said(std::string_view name, const std::string& value)
{
    if (name == "pairs") {
        return say("{} pairs", word(value));
    }
    if (name == "at_once") {
        return say("sets at once");
    }
    if (name == "algorithm" || name == "model") {  // names of others, which may be words too
        return say("{} {}", word(name), value);
    }
    CaseIdentity one;
    one.parameters.emplace(name, value);
    const auto bytes = number_parameter<std::uint64_t>(one, std::string(name));
    const auto seconds = number_parameter<double>(one, std::string(name));
    const bool is_size = name.ends_with("_bytes") && bytes;
    const bool is_time = name.ends_with("_s") && seconds;
    std::string words(name.substr(0, name.size() - (is_size ? 6U : is_time ? 2U : 0U)));
    std::ranges::replace(words, '_', ' ');
    return say("{} {}", word(words), is_size ? format_bytes(*bytes) : is_time ? format_seconds(*seconds) : word(value));
}

Sentence title_of_pattern(std::string_view pattern)
{
    const PatternInfo& known = pattern_info(pattern);
    return known.title.empty() ? Sentence(pattern) : word(known.title);
}

Sentence series_title(const CaseIdentity& what)
{
    Sentence text = title_of_pattern(what.pattern);
    add_variant(text, what);
    if (what.placement != Placement::compact) {
        add(text, say("{} placement", word(name(what.placement))));
    }
    if (what.subset != 0) {
        add(text, say("subset {}", what.subset));
    }
    add_parameters(text, what);
    return text;
}

Sentence description(const CaseIdentity& what, const std::vector<Sentence>& also)
{
    Sentence text = describe_pattern(what);
    for (const Sentence& more : also) {
        add(text, more);
    }
    add(text, describe_scale(what));
    return text;
}

CaseTitles::CaseTitles(std::span<const CaseIdentity* const> cases)
{
    std::map<std::string, std::vector<const CaseIdentity*>> cells;
    for (const CaseIdentity* what : cases) {
        cells[cell_key(*what)].push_back(what);
    }
    for (const auto& [cell, alike] : cells) {
        const std::set<std::string> names = alike.size() > 1 ? telling(alike) : std::set<std::string>{};
        for (const CaseIdentity* what : names.empty() ? std::vector<const CaseIdentity*>{} : alike) {
            std::vector<Sentence> words;
            for (const std::string& property : names) {
                if (auto said = left_out(*what, property)) {
                    words.push_back(*std::move(said));
                }
            }
            if (!words.empty()) {
                longer_.emplace(whole_key(*what), description(*what, words));
            }
        }
    }
}

Sentence CaseTitles::of(const CaseIdentity& what) const
{
    const auto found = longer_.empty() ? longer_.end() : longer_.find(whole_key(what));
    return found == longer_.end() ? description(what, {}) : found->second;
}

}  // namespace plumbline
