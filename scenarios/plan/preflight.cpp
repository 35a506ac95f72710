// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/preflight.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/bounds/algorithm.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/verdicts/applicability.hpp"
#include "results/verdicts/case_filter.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

namespace plumbline {

namespace {

/// What is known of a run before it.
struct Foreseen {
    struct One {
        Case planned;
        bool certain = true;  ///< the run has it
    };
    std::vector<One> cases;
    bool complete = true;      ///< the run has no others
    bool nodes_known = false;  ///< on which they lie
};

bool is_simulated(const Scenario& scenario)
{
    return scenario.backend == "sim";
}

const ScaleSpec& scale_of(const Scenario& scenario, const CaseEntry& entry)
{
    return entry.scale ? *entry.scale : scenario.scale;
}

/// Whether it is so many ranks whatever the launch has.
bool is_written(const ScaleSpec& scale, int ranks)
{
    return scale.nodes.empty() && std::find(scale.ranks.begin(), scale.ranks.end(), ranks) != scale.ranks.end();
}

bool names_every_scale(const ScaleSpec& scale)
{
    return scale.nodes.empty() && std::find(scale.ranks.begin(), scale.ranks.end(), std::nullopt) == scale.ranks.end();
}

/// Ranks of the simulated cluster, or of one node where nodes are not known.
Topology assumed_topology(const Scenario& scenario, int ranks)
{
    Topology topology;
    for (int rank = 0; rank < ranks; ++rank) {
        topology.node_of_rank.push_back(is_simulated(scenario) ? rank / scenario.cluster.ranks_per_node : 0);
    }
    return topology;
}

Foreseen foresee(Scenario scenario, std::optional<int> ranks)
{
    const bool simulated = is_simulated(scenario);
    int largest = 1;
    std::vector<bool> complete;
    std::vector<ScaleSpec> scales;
    for (CaseEntry& entry : scenario.cases) {
        const ScaleSpec scale = scale_of(scenario, entry);
        complete.push_back(simulated || (scale.nodes.empty() && (ranks || names_every_scale(scale))));
        scales.push_back(scale);
        for (const std::optional<int>& count : scale.nodes.empty() ? scale.ranks : decltype(scale.ranks){}) {
            largest = std::max(largest, count.value_or(1));
        }
        if (!simulated && !scale.nodes.empty()) {
            entry.scale = ScaleSpec{};
        }
    }
    const int launched = simulated ? scenario.simulated_ranks : ranks.value_or(largest);
    Foreseen all;
    all.nodes_known = simulated;
    all.complete = std::find(complete.begin(), complete.end(), false) == complete.end();
    for (Case& c : make_plan(scenario, assumed_topology(scenario, launched)).cases) {
        const bool certain = complete[c.entry] || is_written(scales[c.entry], c.what.ranks);
        all.cases.push_back({.planned = std::move(c), .certain = certain});
    }
    return all;
}

/// The problem, and the suggestion or nothing.
std::pair<std::string, std::string> split_sentence(const std::string& sentence)
{
    const std::size_t end = sentence.find(". ");
    return {sentence.substr(0, end), end == std::string::npos ? "" : sentence.substr(end + 2)};
}

Sentence with_suggestion(const Sentence& problem, const std::string& suggestion)
{
    return suggestion.empty() ? problem : say("{}. {}", problem, suggestion);
}

/// Whether cases would match if it named their timing.
bool speaks_of_chains_unasked(Target target, const Foreseen& all)
{
    target.where.emplace("timing", name(TimingRegime::chained));
    return std::ranges::any_of(all.cases, [&](const Foreseen::One& one) { return matches(target, one.planned.what); });
}

/// Collects sentences, each once.
class Problems {
public:
    explicit Problems(const Scenario& scenario) : scenario_(scenario) {}

    void of_cases(const Foreseen& all)
    {
        for (const Foreseen::One& one : all.cases) {
            const Case& c = one.planned;
            const bool workload = pattern_info(c.what.pattern).kind == PatternKind::workload;
            if (!one.certain || c.skip.empty() || !workload) {
                continue;
            }
            const auto [why, suggestion] = split_sentence(c.skip);
            const Sentence problem =
                say("key 'cases[{}]' can't run at the scale of {} ranks ({})", c.entry, c.what.ranks, why);
            add(scenario_.cases[c.entry].line, with_suggestion(problem, suggestion));
        }
    }

    void of_target(std::size_t index, const Foreseen& all)
    {
        const Target& target = scenario_.targets[index];
        if (target.metric == Metric::unmeasured) {
            return;
        }
        if (!all.nodes_known && target.where.contains("nodes")) {
            return;
        }
        std::set<int> ranks;
        std::optional<std::set<int>> nodes = std::set<int>{};  // nothing: not known
        std::optional<std::string> unfit;
        bool all_unfit = true;
        for (const Foreseen::One& one : all.cases) {
            if (matches(target, one.planned.what)) {
                ranks.insert(one.planned.what.ranks);
                add_nodes(nodes, one.planned, all);
                of_utilisation(target, one.planned);
                const auto why = not_applicable_reason(target.metric, one.planned.what);
                all_unfit = all_unfit && why.has_value();
                unfit = unfit || !why ? unfit : why->english();
            }
        }
        if (unfit && all_unfit) {
            const auto [why, suggestion] = split_sentence(*unfit);
            add(scenario_.target_lines[index],
                with_suggestion(say("key 'targets[{}]' can't be judged ({})", index, why), suggestion));
        }
        if (target.base && target.base->unit == ScaleUnit::nodes && nodes) {
            of_scale(index, "base_nodes", "nodes", *target.base, *nodes);
        }
        if (target.at && target.at->unit == ScaleUnit::nodes && nodes) {
            of_scale(index, "at_nodes", "nodes", *target.at, *nodes);
        }
        if (!all.complete) {
            return;
        }
        if (ranks.empty() && speaks_of_chains_unasked(target, all)) {
            add(scenario_.target_lines[index],
                say("key 'targets[{}]' chooses no case (those of {} are chained). Add 'timing: chained' to its "
                    "'where'",
                    index, written_where(target)));
            return;
        }
        if (ranks.empty()) {
            add(scenario_.target_lines[index],
                say("key 'targets[{}]' chooses no case (none has {}). There are cases of {}", index,
                    written_where(target), fmt::join(patterns(all), ", ")));
            return;
        }
        if (target.base && target.base->unit == ScaleUnit::ranks) {
            of_scale(index, "base_ranks", "ranks", *target.base, ranks);
        }
        if (target.at && target.at->unit == ScaleUnit::ranks) {
            of_scale(index, "at_ranks", "ranks", *target.at, ranks);
        }
    }

    std::vector<Sentence> found() && { return std::move(found_); }

private:
    void add(int line, const Sentence& sentence)
    {
        const std::string place = line > 0 ? fmt::format("{}:{}", scenario_.path, line) : scenario_.path;
        const Sentence text = say("{}: {}", place, sentence);
        if (std::find(found_.begin(), found_.end(), text) == found_.end()) {
            found_.push_back(text);
        }
    }

    void of_utilisation(const Target& target, const Case& c)
    {
        const auto* step = std::get_if<TrainingStepSpec>(c.spec.get());
        if (target.metric == Metric::mfu && step != nullptr && step->peak_flops == 0) {
            add(scenario_.cases[c.entry].line, say("key 'cases[{}].peak_flops' is missing (target '{}' wants "
                                                   "mfu, the share of it that is reached). Add for "
                                                   "example 312e12",
                                                   c.entry, target.name));
        }
    }

    /// The numbers of nodes on which a case lies: of a simulated cluster, or as its scale writes them.
    void add_nodes(std::optional<std::set<int>>& nodes, const Case& c, const Foreseen& all) const
    {
        if (!nodes) {
            return;
        }
        if (all.nodes_known) {
            nodes->insert(c.what.nodes);
            return;
        }
        const ScaleSpec& scale = scale_of(scenario_, scenario_.cases[c.entry]);
        for (const std::optional<int>& count : scale.nodes) {
            if (!count) {
                nodes.reset();
                return;
            }
            nodes->insert(*count);
        }
        if (scale.nodes.empty()) {
            nodes.reset();
        }
    }

    void of_scale(std::size_t index, std::string_view key, std::string_view unit, const ScaleRef& wanted,
                  const std::set<int>& scales)
    {
        if (!wanted.count || scales.empty() || scales.contains(*wanted.count)) {
            return;
        }
        const auto distance = [&](int count) { return std::abs(count - *wanted.count); };
        const int nearest =
            *std::min_element(scales.begin(), scales.end(), [&](int a, int b) { return distance(a) < distance(b); });
        add(scenario_.target_lines[index], say("key 'targets[{}].{}' is '{}' (no case that it applies to has that "
                                               "many {}). The nearest valid value is {}",
                                               index, key, *wanted.count, unit, nearest));
    }

    static std::set<std::string> patterns(const Foreseen& all)
    {
        std::set<std::string> names;
        for (const Foreseen::One& one : all.cases) {
            names.insert(one.planned.what.pattern);
        }
        return names;
    }

    const Scenario& scenario_;
    std::vector<Sentence> found_;
};

}  // namespace

std::vector<Sentence> preflight_problems(const Scenario& scenario, std::optional<int> ranks)
{
    const Foreseen all = foresee(scenario, ranks);
    Problems problems(scenario);
    problems.of_cases(all);
    for (std::size_t i = 0; i < scenario.targets.size(); ++i) {
        problems.of_target(i, all);
    }
    return std::move(problems).found();
}

namespace {

/// Why no case of the target's pattern has its metric; nothing where one may.
std::optional<std::string> never_measured(const Target& target)
{
    const auto pattern = target.where.find("pattern");
    if (pattern == target.where.end() || target.metric == Metric::unmeasured) {
        return std::nullopt;
    }
    if (const auto why = not_of_pattern_reason(target.metric, pattern->second)) {
        return why->english();
    }
    const PatternInfo& row = pattern_info(pattern->second);
    const bool of_bytes = made_of_busbw(target.metric) || target.metric == Metric::algbw;
    if (of_bytes && !row.has_bandwidth) {
        return fmt::format("{} is undefined for {}, which moves no bytes. Use time", info(target.metric).name,
                           row.name);
    }
    if (made_of_link_rates(target.metric) && row.collective == Collective::alltoallv) {
        return fmt::format("there is no closed form of the least time of {}. Use busbw or time", row.name);
    }
    if (target.metric == Metric::fraction_of_attainable && row.collective &&
        modelled_algorithms(*row.collective).empty()) {
        return fmt::format("no algorithm of {} is modelled. Use fraction_of_ideal or time", row.name);
    }
    return std::nullopt;
}

}  // namespace

std::vector<std::string> target_problems(std::span<const Target> targets, std::span<const int> lines,
                                         const std::string& path)
{
    std::vector<std::string> problems;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (const auto sentence = never_measured(targets[i])) {
            const auto [why, suggestion] = split_sentence(*sentence);
            problems.push_back(
                fmt::format("{}:{}: key 'targets[{}]' can't be judged ({}). {}", path, lines[i], i, why, suggestion));
        }
    }
    return problems;
}

namespace {

constexpr double usual_confidence = 0.95;

/// A soak of the least uptime that is asked for, even without an interruption, may prove less than a target's MTBF.
std::optional<Sentence> unproved_mtbf(const Target& target, std::span<const Target> targets)
{
    const auto uptime = std::ranges::find_if(
        targets, [](const Target& other) { return other.metric == Metric::uptime && other.at_least; });
    if (target.metric != Metric::mtbf || !target.at_least || uptime == targets.end()) {
        return std::nullopt;
    }
    const double confidence = target.confidence.value_or(usual_confidence);
    const double proved_s = mtbf_at_least(*uptime->at_least, 0, confidence);
    if (proved_s >= *target.at_least) {
        return std::nullopt;
    }
    return say(
        "{} without an interruption, which target '{}' asks for, prove an MTBF of at least {} at {:g} %; for {} "
        "it takes {}",
        bound_text(*uptime), verbatim(uptime->name), duration_text(proved_s), 100 * confidence, bound_text(target),
        duration_text(*uptime->at_least * *target.at_least / proved_s));
}

}  // namespace

std::vector<Sentence> target_doubts(std::span<const Target> targets, std::span<const int> lines,
                                    const std::string& path)
{
    std::vector<Sentence> doubts;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Target& target = targets[i];
        if (target.metric == Metric::unmeasured) {
            continue;
        }
        const Sentence place = say("{}:{}: target '{}'", path, lines[i], verbatim(target.name));
        if (less_is_better(target.metric) != target.at_most.has_value()) {
            doubts.push_back(say("{} is passed by a {} of {} or worse ({}). Write {} if better is meant", place,
                                 info(target.metric).name, bound_text(target), target.at_most ? "at_most" : "at_least",
                                 target.at_most ? "at_least" : "at_most"));
        }
        if (target.in_plain_seconds) {
            doubts.push_back(
                say("{} has a time without a unit, which is in seconds: {}. Write the unit if another is "
                    "meant, such as 60us or 72h",
                    place, bound_text(target)));
        }
        if (const auto unproved = unproved_mtbf(target, targets)) {
            doubts.push_back(say("{} may stay open: {}", place, *unproved));
        }
    }
    return doubts;
}

}  // namespace plumbline
