// SPDX-License-Identifier: Apache-2.0
#include "results/explanation/explain.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/verdicts/causes.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {
namespace {

/// Value and bound with digits that tell them apart, "3.66 GB/s".
Sentence written_value(const Finding& finding)
{
    const std::string number = written_numbers(finding).estimate;
    const std::string_view unit = info(*finding.metric).unit;
    return unit == "1" || unit == "s" ? Sentence(number) : say("{} {}", number, word(unit));
}

Sentence value_at(const Finding& finding)
{
    return say("{} ({})", ranks_said(finding.ranks), written_value(finding));
}

const CaseSummary* case_with(const RunData& run, int id)
{
    const auto found = std::ranges::find_if(run.cases, [&](const CaseSummary& row) { return row.header.id == id; });
    return found == run.cases.end() ? nullptr : &*found;
}

bool is_worse(const Finding& one, const Finding& other)
{
    if ((one.verdict == Verdict::fail) != (other.verdict == Verdict::fail)) {
        return one.verdict == Verdict::fail;
    }
    return one.at_least ? *one.value.estimate < *other.value.estimate : *one.value.estimate > *other.value.estimate;
}

/// The same target at each scale of the cases that differ from the judged one in their scale alone: the worst of each,
/// the smallest scale first.
std::map<int, Finding> by_scale(Target target, const RunData& run, const CaseSummary& judged)
{
    target.at.reset();
    target.where.erase("ranks");
    target.where.erase("nodes");
    std::map<int, Finding> worst;
    for (Finding& finding : judge(std::span(&target, 1), run).findings) {
        const CaseSummary* const row = case_with(run, finding.case_id);
        if (finding.target != target.name || row == nullptr || !finding.value.estimate ||
            !same_but_scale(row->header.what, judged.header.what)) {
            continue;
        }
        finding.ranks = row->header.what.ranks;
        const auto [place, is_new] = worst.emplace(finding.ranks, finding);
        if (!is_new && is_worse(finding, place->second)) {
            place->second = std::move(finding);
        }
    }
    return worst;
}

/// Where it is missed; nothing where one scale alone was measured.
std::optional<Sentence> onset(const std::map<int, Finding>& scales)
{
    const auto fails = [](const auto& scale) { return scale.second.verdict == Verdict::fail; };
    const auto first = std::ranges::find_if(scales, fails);
    if (scales.size() < 2 || first == scales.end()) {
        return std::nullopt;
    }
    const bool to_the_end = std::all_of(first, scales.end(), fails);
    if (first == scales.begin() && to_the_end) {
        return say("it is missed from the smallest scale on: {} on {}", written_value(first->second),
                   ranks_said(first->first));
    }
    if (to_the_end) {
        const auto before = std::prev(first);
        return say("it begins on {} ({}); on {} it is still met ({})", ranks_said(first->first),
                   written_value(first->second), ranks_said(before->first), written_value(before->second));
    }
    std::vector<Sentence> missed;
    std::vector<Sentence> met;
    for (const auto& [ranks, finding] : scales) {
        (finding.verdict == Verdict::fail ? missed : met).push_back(value_at(finding));
    }
    return say("it is missed on {}; it is met on {}", list_of(missed), list_of(met));
}

/// "2 of 6 cases on 32 ranks miss it".
std::optional<Sentence> cases_that_miss(const Judgement& judgement, const Finding& worst)
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

/// That nobody tried whether the library could do better by another algorithm. What was tried, the finding itself says.
std::optional<Sentence> untried_algorithms(const Target& target, const CaseSummary& judged, const RunData& run)
{
    const CaseIdentity& what = judged.header.what;
    const bool has_algorithms = pattern_info(what.pattern).kind == PatternKind::collective && what.ranks > 1;
    if (!has_algorithms || algorithm_of(what) || judged.header.reported || !speaks_of_choice(target) ||
        !by_named_algorithms(judged, run.cases).empty()) {
        return std::nullopt;
    }
    return say("whether another algorithm of the library passes was not measured (algorithms: all of the case does)");
}

}  // namespace

std::vector<Explanation> explain(const Judgement& judgement, std::span<const Target> targets, const RunData& run)
{
    std::vector<Explanation> all;
    for (const TargetOutcome& outcome : target_outcomes(judgement)) {
        const Finding* const worst = outcome.worst;
        if (outcome.verdict != Verdict::fail || worst == nullptr || !worst->metric || !worst->value.estimate) {
            continue;
        }
        Explanation one{.target = outcome.target, .case_id = worst->case_id, .says = {}};
        const CaseSummary* const judged = case_with(run, worst->case_id);
        const auto target = std::ranges::find(targets, outcome.target, &Target::name);
        if (judged != nullptr && target != targets.end()) {
            if (auto begins = onset(by_scale(*target, run, *judged))) {
                one.says.push_back(*std::move(begins));
            }
            if (auto cases = cases_that_miss(judgement, *worst)) {
                one.says.push_back(*std::move(cases));
            }
            if (auto untried = untried_algorithms(*target, *judged, run)) {
                one.says.push_back(*std::move(untried));
            }
        }
        all.push_back(std::move(one));
    }
    return all;
}

Sentence meanwhile_said(std::span<const Disturbance> of_case)
{
    return of_case.empty() ? say("meanwhile nothing disturbed the machine that was seen")
                           : say("meanwhile on the machine: {}", of_case.front().what);
}

}  // namespace plumbline
