// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/settle.hpp"

#include "collectives/util/units.hpp"
#include "results/records/metric.hpp"
#include "results/records/round.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace plumbline {
namespace {

/// More than this many times what there is, is no advice.
constexpr double most_growth = 1000;

std::optional<double> bound_of(const Finding& finding)
{
    return finding.at_least ? finding.at_least : finding.at_most;
}

/// Of the bound, how far a number lies on its wrong side; negative on the right side.
double shortfall(const Finding& finding, double number)
{
    const double bound = bound_of(finding).value_or(0);
    return (finding.at_least ? bound - number : number - bound) / std::abs(bound);
}

std::string rounded_percent(double share)
{
    constexpr double whole_from = 10;
    return 100 * share < whole_from ? fmt::format("{:.2g} %", 100 * share) : fmt::format("{:.0f} %", 100 * share);
}

/// Two significant digits, upwards.
std::size_t rounded_up(double count)
{
    const double unit = std::pow(10, std::max(0.0, std::floor(std::log10(count)) - 1));
    return static_cast<std::size_t>(std::ceil(count / unit) * unit);
}

}  // namespace

std::optional<double> count_that_settles(const Finding& finding, std::size_t count)
{
    const auto bound = bound_of(finding);
    if (!bound || !finding.value.estimate || !finding.value.interval) {
        return std::nullopt;
    }
    const double estimate = *finding.value.estimate;
    const double distance = std::abs(estimate - *bound);
    const double half =
        *bound < estimate ? estimate - finding.value.interval->low : finding.value.interval->high - estimate;
    if (distance == 0 || half <= 0) {
        return std::nullopt;
    }
    return static_cast<double>(count) * (half / distance) * (half / distance);
}

Sentence how_to_ask(std::string_view of, std::size_t count, std::size_t has)
{
    if (of == "launches") {
        return count == has + 1 ? say("run --append adds one")
                                : say("run --append {} more times", count - std::min(count, has));
    }
    if (of == "rounds" || of == "splits") {
        return say("write {}: {}", of, count);
    }
    return say("write stop.min_samples: {}", count);
}

Sentence what_settles(const Finding& finding, const Effort& effort)
{
    const auto wanted = count_that_settles(finding, effort.count);
    const auto has = static_cast<double>(effort.count);
    if (!wanted || effort.count == 0 || *wanted > most_growth * has) {
        const double estimate = finding.value.estimate.value_or(0);
        const Sentence lies =
            estimate == bound_of(finding)
                ? say("The value lies on the bound")
                : say("The value lies {} from the bound", rounded_percent(std::abs(shortfall(finding, estimate))));
        return say("{}, which no practical number of {} settles. Less noise does, or a bound that leaves room", lies,
                   word(effort.of));
    }
    const std::size_t count = std::max(rounded_up(*wanted), effort.count + 1);
    const double growth = static_cast<double>(count) / has;
    Sentence ask = how_to_ask(effort.of, count, effort.count);
    if (effort.of == "samples" && effort.stop == name(StopReason::budget)) {
        ask = say("multiply stop.max_seconds by {:.2g}", growth);
    } else if (effort.of == "samples" && effort.stop == name(StopReason::cap)) {
        ask = say("{} and stop.max_samples: {}", ask, count);
    }
    if (effort.seconds > 0) {
        ask = say("{}; about {} more", ask, format_seconds((growth - 1) * effort.seconds));
    }
    return say("About {} {} in all settle it if the value stays ({})", count, word(effort.of), ask);
}

Sentence missed_by(const Finding& finding)
{
    const auto bound = bound_of(finding);
    if (!bound || *bound == 0 || !finding.value.estimate) {
        return "";
    }
    const std::string by = rounded_percent(shortfall(finding, *finding.value.estimate));
    const auto& interval = finding.value.interval;
    const std::string least =
        interval ? rounded_percent(shortfall(finding, finding.at_least ? interval->high : interval->low)) : by;
    return least == by ? say("missed by {} of the bound", by)
                       : say("missed by {} of the bound, by {} at least", by, least);
}

std::vector<TargetOutcome> target_outcomes(const Judgement& judgement)
{
    std::vector<TargetOutcome> outcomes;
    for (const Finding& finding : judgement.findings) {
        if (!finding.metric) {
            continue;
        }
        const auto known = std::ranges::find(outcomes, finding.target, &TargetOutcome::target);
        TargetOutcome& outcome = known == outcomes.end() ? outcomes.emplace_back() : *known;
        outcome.target = finding.target;
        ++outcome.findings;
        outcome.verdict = worst(outcome.verdict, finding.verdict);
    }
    for (TargetOutcome& outcome : outcomes) {
        std::set<int> scales;
        for (const Finding& finding : judgement.findings) {
            if (finding.target != outcome.target) {
                continue;
            }
            scales.insert(finding.ranks);
            if (finding.verdict != outcome.verdict) {
                continue;
            }
            ++outcome.with_verdict;
            const auto miss = [&](const Finding& one) {
                return one.value.estimate ? shortfall(one, *one.value.estimate) : -HUGE_VAL;
            };
            if (outcome.verdict != Verdict::pass &&
                (outcome.worst == nullptr || miss(finding) > miss(*outcome.worst))) {
                outcome.worst = &finding;
            }
        }
        outcome.differ_in_scale_alone = scales.size() == outcome.findings;
    }
    return outcomes;
}

Sentence outcome_text(const TargetOutcome& outcome)
{
    const bool scales = outcome.differ_in_scale_alone;
    const std::size_t all = outcome.findings;
    const std::size_t with_verdict = outcome.with_verdict;
    const Sentence verdict = word(name(outcome.verdict));
    Sentence text = with_verdict == all
                        ? scales ? say("{} at all {} scales", verdict, all) : say("{} at all {} cases", verdict, all)
                    : scales ? say("{} at {} of {} scales", verdict, with_verdict, all)
                             : say("{} at {} of {} cases", verdict, with_verdict, all);
    if (outcome.worst != nullptr && outcome.worst->value.estimate && outcome.with_verdict > 1) {
        text = say("{}, worst at {}", text,
                   outcome.differ_in_scale_alone ? ranks_said(outcome.worst->ranks) : outcome.worst->at);
    }
    if (outcome.verdict == Verdict::fail && outcome.worst != nullptr) {
        const Sentence missed = missed_by(*outcome.worst);
        text = missed.empty() ? text : say("{}: {}", text, missed);
    }
    return text;
}

std::optional<Verdict> verdict_of_what_can_be_measured(const Judgement& judgement)
{
    std::optional<Verdict> verdict;
    for (const Finding& finding : judgement.findings) {
        if (finding.metric != Metric::unmeasured) {
            verdict = worst(verdict.value_or(Verdict::pass), finding.verdict);
        }
    }
    return verdict;
}

}  // namespace plumbline
