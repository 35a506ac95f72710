// SPDX-License-Identifier: Apache-2.0
#include "results/report/explanations.hpp"

#include "collectives/util/units.hpp"
#include "results/records/case_identity.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace plumbline::report {
namespace {

/// Of a metric that a row alone has.
std::optional<double> value_of(Metric metric, const CaseSummary& row)
{
    if (row.header.status != CaseStatus::measured) {
        return std::nullopt;
    }
    if (metric == Metric::busbw || metric == Metric::algbw) {
        const auto rate = metric == Metric::busbw ? row.busbw_bytes_per_s : row.algbw_bytes_per_s;
        return rate ? std::optional(*rate / giga) : std::nullopt;
    }
    return metric == Metric::time ? row.median_s : metric == Metric::time_p99 ? row.p99_s : std::nullopt;
}

bool meets(const Finding& finding, double value)
{
    return finding.at_least ? value >= *finding.at_least : value <= finding.at_most.value_or(value);
}

/// Value and bound with digits that tell them apart, "3.66 GB/s".
Sentence written_value(const Finding& like, double value)
{
    Finding one = like;
    one.value = {.estimate = value, .interval = {}, .why = {}};
    const std::string number = written_numbers(one).estimate;
    const std::string_view unit = info(*like.metric).unit;
    return unit == "1" || unit == "s" ? Sentence(number) : say("{} {}", number, word(unit));
}

const CaseSummary* case_with(const ReportedRun& run, int id)
{
    const auto found = std::ranges::find_if(run.cases, [&](const CaseSummary& row) { return row.header.id == id; });
    return found == run.cases.end() ? nullptr : &*found;
}

/// The worst value at each scale of cases that differ in their scale alone.
std::map<int, double> by_scale(const ReportedRun& run, const Finding& finding, const CaseSummary& judged)
{
    std::map<int, double> values;
    for (const CaseSummary& row : run.cases) {
        const auto value = value_of(*finding.metric, row);
        if (!value || !same_but_scale(row.header.what, judged.header.what)) {
            continue;
        }
        const auto [place, is_new] = values.emplace(row.header.what.ranks, *value);
        if (!is_new) {
            place->second = finding.at_least ? std::min(place->second, *value) : std::max(place->second, *value);
        }
    }
    return values;
}

/// Where it begins; nothing where one scale alone was measured.
std::optional<Sentence> onset(const ReportedRun& run, const Finding& finding, const CaseSummary& judged)
{
    const std::map<int, double> values = by_scale(run, finding, judged);
    if (values.size() < 2) {
        return std::nullopt;
    }
    const auto first = std::ranges::find_if(values, [&](const auto& scale) { return !meets(finding, scale.second); });
    if (first == values.end()) {
        return std::nullopt;
    }
    if (first == values.begin()) {
        return say("it is missed from the smallest scale on: {} on {}", written_value(finding, first->second),
                   ranks_said(first->first));
    }
    const auto before = std::prev(first);
    return say("it begins on {} ({}); on {} it is still met ({})", ranks_said(first->first),
               written_value(finding, first->second), ranks_said(before->first),
               written_value(finding, before->second));
}

std::optional<Sentence> rank_sets(const Judgement& judgement, const Finding& worst)
{
    const auto same = [&](const Finding& other) {
        return other.target == worst.target && other.ranks == worst.ranks && other.case_id >= 0;
    };
    const auto all = std::ranges::count_if(judgement.findings, same);
    const auto fail = std::ranges::count_if(
        judgement.findings, [&](const Finding& other) { return same(other) && other.verdict == Verdict::fail; });
    return all > 1 ? std::optional(say("{} of {} cases on {} miss it", fail, all, ranks_said(worst.ranks)))
                   : std::nullopt;
}

}  // namespace

std::vector<Explanation> explanations(const ReportedRun& run, std::span<const Disturbance> disturbances)
{
    std::vector<Explanation> all;
    for (const TargetOutcome& outcome : target_outcomes(run.judgement)) {
        if (outcome.verdict != Verdict::fail || outcome.worst == nullptr || !outcome.worst->metric) {
            continue;
        }
        const Finding& worst = *outcome.worst;
        Explanation one{.target = outcome.target, .says = {}};
        const Sentence measured = measured_text(worst);
        one.says.push_back(say("{} at {}: {}", measured, worst.at, worst.why));
        if (const CaseSummary* judged = case_with(run, worst.case_id)) {
            if (auto begins = onset(run, worst, *judged)) {
                one.says.push_back(*std::move(begins));
            }
        }
        if (auto sets = rank_sets(run.judgement, worst)) {
            one.says.push_back(*std::move(sets));
        }
        const auto of_case = [&](const Disturbance& found) { return found.case_id == worst.case_id; };
        if (const auto found = std::ranges::find_if(disturbances, of_case); found != disturbances.end()) {
            one.says.push_back(say("meanwhile on the machine: {}", found->what));
        } else if (worst.case_id >= 0 && !run.info.simulated) {
            one.says.push_back(say("meanwhile nothing disturbed the machine that was seen"));
        }
        all.push_back(std::move(one));
    }
    return all;
}

Sentence conclusion_of(const Judgement& judgement, const std::string& target)
{
    const auto outcomes = target_outcomes(judgement);
    const auto outcome = std::ranges::find(outcomes, target, &TargetOutcome::target);
    if (outcome == outcomes.end()) {
        return {};
    }
    const Finding* shown = outcome->worst;
    for (const Finding& finding : judgement.findings) {
        shown = shown == nullptr && finding.target == target ? &finding : shown;
    }
    if (shown == nullptr || !shown->metric || *shown->metric == Metric::unmeasured) {
        return say("not measured by this program");
    }
    const Sentence measured = measured_text(*shown);
    switch (outcome->verdict) {
        case Verdict::pass:
            return outcome->findings > 1
                       ? say("met at all {} of its cases, such as {} at {}", outcome->findings, measured, shown->at)
                       : say("met: {} at {}", measured, shown->at);
        case Verdict::fail:
            return say("not met: {} at {}", measured, shown->at);
        case Verdict::inconclusive:
            return say("open: {} at {}. More measurement settles it", measured, shown->at);
        case Verdict::not_measured:
            break;
    }
    return say("without a valid measurement: {}", shown->why);
}

}  // namespace plumbline::report
