// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/judge.hpp"

#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/endurance/soak.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/statistics/statistics.hpp"
#include "results/summaries/summarize.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/absolute_value.hpp"
#include "results/verdicts/applicability.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/case_count.hpp"
#include "results/verdicts/case_filter.hpp"
#include "results/verdicts/causes.hpp"
#include "results/verdicts/link_rates.hpp"
#include "results/verdicts/run_findings.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/soak_judgement.hpp"
#include "results/verdicts/target_scale.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

std::string stored_bound(const Target& target)
{
    const double bound = target.at_least ? *target.at_least : target.at_most.value_or(0);
    const MetricInfo& metric = info(target.metric);
    if (metric.of_soak != MetricInfo::OfSoak::no && metric.unit == "s") {
        return fmt::format("{} {}", target.at_least ? ">=" : "<=", text::duration_in_full(bound));
    }
    return fmt::format("{} {}", target.at_least ? ">=" : "<=", text::written_in_full(bound));
}

using Cases = std::vector<const CaseSummary*>;

Cases matching_cases(const Target& target, const RunData& run)
{
    Cases found;
    for (const CaseSummary& c : run.cases) {
        if (matches(target, c.header)) {
            found.push_back(&c);
        }
    }
    return found;
}

/// "attainable 1.2 ms by ring, 400 GB/s; bound 516.7 GB/s"; of what has no busbw the time alone.
Sentence attainable_basis(const CaseSummary& c, const Fraction& fraction, const Fraction& ideal)
{
    const Sentence by =
        say("attainable {} by {}", format_seconds(*fraction.reference_s), word(name(fraction.algorithm)));
    if (!c.busbw_bytes_per_s || !ideal.reference_s) {
        return by;
    }
    const double bus_bytes = *c.busbw_bytes_per_s * *c.median_s;
    return say("{}, {:.4g} GB/s; bound {:.4g} GB/s", by, bus_bytes / *fraction.reference_s / giga,
               bus_bytes / *ideal.reference_s / giga);
}

/// All targets on one run.
class Judge {
public:
    explicit Judge(const RunData& run) : run_(run), titles_(titles_of(run.cases)), times_(run) {}

    std::vector<Finding> judge(const Target& target);

private:
    Finding blank(const Target& target) const;
    Finding not_measured(const Target& target, Sentence why) const;
    Finding not_measured_at(const Target& target, const CaseSummary& c, Sentence why) const;
    std::optional<Sentence> unlike_nodes(const Target& target, const CaseSummary& c) const;
    void add_those_at_other_scales(const Target& target, const Cases& cases, const Cases& judged,
                                   std::vector<Finding>& findings) const;
    Finding judge_count(const Target& target, const Cases& cases) const;
    Finding judge_case(const Target& target, const CaseSummary& c);
    Finding judge_value(const Target& target, const CaseSummary& c);
    std::vector<Finding> every_scale(const Target& target, const Cases& cases);
    std::vector<Finding> every_scale_above_base(const Target& target, const Cases& cases);

    std::optional<Sentence> base_problem(const Target& target, const CaseSummary& base, const CaseSummary& c) const;

    void judge_against_links(const Target& target, const CaseSummary& c, Finding& finding);
    Effort effort_of(const Finding& finding);
    void decide(const Target& target, Finding& finding);

    const RunData& run_;
    CaseTitles titles_;
    CaseTimes times_;
    std::optional<LinkEstimate> links_;  ///< once asked for
};

Finding Judge::blank(const Target& target) const
{
    Finding finding;
    finding.target = target.name;
    finding.metric = target.metric;
    finding.at = describe_where(target);
    finding.bound = stored_bound(target);
    finding.at_least = target.at_least;
    finding.at_most = target.at_most;
    finding.definition = target.definition;
    return finding;
}

Finding Judge::not_measured(const Target& target, Sentence why) const
{
    Finding finding = blank(target);
    finding.why = std::move(why);
    return finding;
}

std::vector<Finding> Judge::judge(const Target& target)
{
    if (target.metric == Metric::unmeasured) {
        Finding finding = not_measured(target, verbatim(target.unmeasured));
        finding.at = say("the whole run");
        finding.bound.clear();
        return {finding};
    }
    if (info(target.metric).of_soak != MetricInfo::OfSoak::no) {
        if (run_.soak) {
            return {judge_soak(target, *run_.soak, blank(target))};
        }
        Finding finding = not_measured(target, no_soak_reason(target.metric));
        finding.at = say("a soak");
        return {finding};
    }
    if (run_.soak && target.metric == Metric::wrong_data_cases && run_.cases.empty()) {
        return {judge_soak(target, *run_.soak, blank(target))};
    }
    const Cases cases = matching_cases(target, run_);
    if (cases.empty()) {
        return {not_measured(target, no_match_reason(target, run_))};
    }
    if (info(target.metric).range == MetricRange::count) {
        return {judge_count(target, cases)};
    }
    if (!target.at) {
        return every_scale(target, cases);
    }
    std::vector<Finding> findings;
    const Cases there_are = at_scale(*target.at, cases);
    for (const CaseSummary* c : there_are) {
        const auto unlike = unlike_nodes(target, *c);
        findings.push_back(unlike ? not_measured_at(target, *c, *unlike) : judge_case(target, *c));
    }
    if (findings.empty()) {
        std::set<int> there;
        for (const CaseSummary* c : cases) {
            there.insert(size_of(*c, target.at->unit));
        }
        return {not_measured(target, say("no matching case on {} (they ran on {}). Measure at that scale",
                                         scale_text(*target.at), fmt::join(there, ", ")))};
    }
    add_those_at_other_scales(target, cases, there_are, findings);
    return findings;
}

/// A clause that counts nodes is about nodes of the size that it states.
std::optional<Sentence> Judge::unlike_nodes(const Target& target, const CaseSummary& c) const
{
    const CaseIdentity& what = c.header.what;
    const auto stated = run_.links ? run_.links->ranks_per_node : std::nullopt;
    if (target.at->unit != ScaleUnit::nodes || !stated || what.ranks == what.nodes * *stated) {
        return std::nullopt;
    }
    return say("{} on {} are not {} a node, as links.ranks_per_node states. Measure with all ranks of each node",
               ranks_said(what.ranks), nodes_said(what.nodes), *stated);
}

/// What the target's `where` chooses and was not measured at its scale must not go unsaid: one finding for all cases
/// that differ in their scale alone.
void Judge::add_those_at_other_scales(const Target& target, const Cases& cases, const Cases& judged,
                                      std::vector<Finding>& findings) const
{
    Cases said = judged;
    for (const CaseSummary* c : cases) {
        const auto is_like = [&](const CaseSummary* other) {
            return same_but_scale(other->header.what, c->header.what);
        };
        if (std::ranges::none_of(said, is_like)) {
            said.push_back(c);
            findings.push_back(not_measured_at(
                target, *c,
                say("the like of it was not measured on {}. Measure it at that scale, or leave it out of 'where'",
                    scale_text({.count = size_of(*judged.front(), target.at->unit), .unit = target.at->unit}))));
        }
    }
}

Finding Judge::not_measured_at(const Target& target, const CaseSummary& c, Sentence why) const
{
    Finding finding = not_measured(target, std::move(why));
    finding.at = titles_.of(c.header.what);
    return finding;
}

std::vector<Finding> Judge::every_scale(const Target& target, const Cases& cases)
{
    Cases defined;
    std::copy_if(cases.begin(), cases.end(), std::back_inserter(defined),
                 [&](const CaseSummary* c) { return c->header.what.ranks >= smallest_ranks(target.metric); });
    // Where the metric means nothing at any scale, the cases themselves say so.
    const Cases& judged = defined.empty() ? cases : defined;
    if (info(target.metric).relative) {
        return every_scale_above_base(target, judged);
    }
    std::vector<Finding> findings;
    for (const CaseSummary* c : judged) {
        findings.push_back(judge_case(target, *c));
    }
    return findings;
}

std::vector<Finding> Judge::every_scale_above_base(const Target& target, const Cases& cases)
{
    std::vector<Finding> findings;
    for (const CaseSummary* c : cases) {
        const CaseIdentity& what = c->header.what;
        const CaseSummary* base = find_base(target.metric, *c, base_scale(target, what, run_), run_);
        const int base_ranks = base == nullptr ? 0 : base->header.what.ranks;
        const bool has_larger = std::any_of(cases.begin(), cases.end(), [&](const CaseSummary* other) {
            return other->header.what.ranks > base_ranks && same_but_scale(what, other->header.what);
        });
        const bool below_named_base = target.base && what.ranks < base_ranks;
        if (has_larger && (what.ranks == base_ranks || below_named_base)) {
            continue;
        }
        findings.push_back(judge_case(target, *c));
    }
    return findings;
}

std::optional<Sentence> Judge::base_problem(const Target& target, const CaseSummary& base, const CaseSummary& c) const
{
    const int n0 = base.header.what.ranks;
    const int n = c.header.what.ranks;
    if (n == n0) {
        return say("base and scale are the same ({}). Measure a larger scale, or name a smaller base", ranks_said(n));
    }
    if (n < n0) {
        return say("the scale ({}) is below its base ({})", ranks_said(n), ranks_said(n0));
    }
    if (crosses_fabrics(base, c) && !target.across_fabrics) {
        return say(
            "its base ({}) lies on one node and the case on {} (another fabric). Name a base on several "
            "nodes, or set across_fabrics",
            ranks_said(n0), c.header.what.nodes);
    }
    return std::nullopt;
}

/// A FAIL says what the library's other algorithms read, where they were measured beside its own choice.
Finding Judge::judge_case(const Target& target, const CaseSummary& c)
{
    Finding finding = judge_value(target, c);
    if (finding.verdict != Verdict::fail || !speaks_of_choice(target)) {
        return finding;
    }
    std::vector<TriedAlgorithm> tried;
    for (const CaseSummary* other : by_named_algorithms(c, run_.cases)) {
        tried.push_back({algorithm_of(other->header.what)->name, judge_value(target, *other)});
    }
    if (const Sentence cause = cause_among_algorithms(tried); !cause.empty()) {
        finding.why = say("{}; {}", finding.why, cause);
    }
    return finding;
}

Finding Judge::judge_value(const Target& target, const CaseSummary& c)
{
    Finding finding = blank(target);
    finding.at = titles_.of(c.header.what);
    finding.case_id = c.header.id;
    finding.ranks = c.header.what.ranks;
    if (const auto why = not_judged_reason(target.metric, c, run_)) {
        finding.why = *why;
        return finding;
    }
    if (made_of_link_rates(target.metric)) {
        judge_against_links(target, c, finding);
        return finding;
    }
    if (!info(target.metric).relative) {
        finding.value = absolute_value(target.metric, c, run_, times_);
        decide(target, finding);
        return finding;
    }
    const auto scale = base_scale(target, c.header.what, run_);
    const CaseSummary* base = find_base(target.metric, c, scale, run_);
    if (base == nullptr) {
        finding.why = why_no_base(target, c.header.what, run_);
        return finding;
    }
    finding.base_ranks = base->header.what.ranks;
    finding.base_nodes = base->header.what.nodes;
    finding.base_in_nodes = target.base && target.base->unit == ScaleUnit::nodes;
    finding.base_case_id = base->header.id;
    finding.base_value = scaling_value(target.metric, *base);
    finding.base_unit = made_of_busbw(target.metric) ? "B/s" : "s";
    auto no_base = base_problem(target, *base, c);
    if (!no_base) {
        no_base = shared_cores_reason(target.metric, *base, run_);
    }
    if (no_base) {
        finding.why = *no_base;
        return finding;
    }
    finding.value = ratio_to_base(target.metric, *base, c, run_.confidence, times_);
    decide(target, finding);
    return finding;
}

/// A count of the run is exact: it has no interval. It is no count where something was not looked at.
Finding Judge::judge_count(const Target& target, const Cases& cases) const
{
    Finding finding = blank(target);
    if (target.metric == Metric::hangs) {
        finding.at = say("the whole run");
    } else if (target.where.empty() && !target.bytes) {
        finding.at = say("all cases");
    }
    const CaseCount count = count_cases(target.metric, cases, run_.complete, run_.resumed);
    finding.basis = count.basis;
    const auto n = static_cast<double>(count.found);
    finding.verdict = verdict_of({.low = n, .high = n}, target.at_least, target.at_most);
    if (finding.verdict == Verdict::pass && !count.why_not_all.empty()) {
        finding.verdict = Verdict::not_measured;
        finding.why = count.why_not_all;
        return finding;
    }
    finding.value.estimate = n;
    finding.why = finding.verdict == Verdict::pass ? Sentence() : count.first;
    return finding;
}

void Judge::judge_against_links(const Target& target, const CaseSummary& c, Finding& finding)
{
    if (!links_) {
        links_ = estimate_links(run_, times_);
    }
    const Fraction ideal = fraction_of_ideal(c, *links_, run_, times_);
    const bool of_bound = target.metric == Metric::fraction_of_ideal;
    const Fraction fraction = of_bound ? ideal : fraction_of_attainable(c, target.algorithm, *links_, run_, times_);
    finding.value = fraction.value;
    if (!fraction.reference_s) {
        finding.why = fraction.value.why;
        return;
    }
    finding.base_value = fraction.reference_s;
    finding.base_unit = "s";
    finding.basis = of_bound ? say("ideal {}: {}", format_seconds(*fraction.reference_s), word(name(fraction.limit)))
                             : attainable_basis(c, fraction, ideal);
    if (ideal.value.interval && ideal.value.interval->low > 1) {
        finding.why =
            say("a measurement error: {:.3g} times as fast as the links allow (their rates were measured or stated too "
                "low, or "
                "the network reduces by itself: state reduces: true of those links). Measure bidirectional with pairs: "
                "halves on all ranks, or state links",
                *ideal.value.estimate);
        return;
    }
    decide(target, finding);
}

/// Of the case, or of its base where that has fewer observations. Rounds and launches repeat every case.
Effort Judge::effort_of(const Finding& finding)
{
    Effort effort;
    const CaseSummary* fewest = nullptr;
    for (const CaseSummary& c : run_.cases) {
        if (c.header.id != finding.case_id && c.header.id != finding.base_case_id) {
            continue;
        }
        if (fewest == nullptr || times_(c.header.id).size() < effort.count) {
            fewest = &c;
            effort.count = times_(c.header.id).size();
        }
    }
    if (fewest == nullptr) {
        return effort;
    }
    if (!fewest->interval_over.empty()) {
        effort.of = fewest->interval_over;
    }
    if (finding.metric == Metric::time_p99) {
        effort.of = "samples";
        effort.count = fewest->samples;
    }
    const bool of_congestion =
        finding.metric == Metric::congestion_impact || finding.metric == Metric::congestion_impact_p99;
    if (of_congestion && effort.of == "samples") {
        effort.of = "splits";
        effort.count = number_parameter<std::size_t>(fewest->header.what, "splits").value_or(0);
    }
    effort.stop = fewest->stop;
    for (const CaseSummary& c : run_.cases) {
        const bool repeated = effort.of != "samples" || c.header.id == fewest->header.id;
        if (run_.seconds_spent && repeated && c.header.status == CaseStatus::measured) {
            effort.seconds += run_.seconds_spent(c.header.id);
        }
    }
    return effort;
}

void Judge::decide(const Target& target, Finding& finding)
{
    if (!finding.value.interval) {
        finding.verdict = Verdict::inconclusive;
        finding.why = finding.value.why;
        return;
    }
    const Interval& interval = *finding.value.interval;
    finding.verdict = verdict_of(interval, target.at_least, target.at_most);
    if (finding.verdict == Verdict::inconclusive) {
        finding.why = say("the bound lies within the {:g} % interval. {}", 100 * run_.confidence,
                          what_settles(finding, effort_of(finding)));
    } else if (finding.verdict == Verdict::fail) {
        finding.why = missed_by(finding);
    }
}

}  // namespace

Judgement judge(std::span<const Target> targets, const RunData& as_stored, PointEstimates points)
{
    const RunData run = points == PointEstimates::allow ? with_point_values(as_stored) : as_stored;
    Judge judge_of_run(run);
    Judgement judgement;
    for (const Target& target : targets) {
        auto findings = judge_of_run.judge(target);
        std::move(findings.begin(), findings.end(), std::back_inserter(judgement.findings));
    }
    if (!run.complete) {
        judgement.findings.push_back(incomplete_run());
    }
    if (run.soak) {
        auto findings = soak_findings(*run.soak);
        std::move(findings.begin(), findings.end(), std::back_inserter(judgement.findings));
    }
    if (auto finding = wrong_data_run(run)) {
        judgement.findings.push_back(std::move(*finding));
    } else if (auto unmeasured = targets.empty() && !run.soak ? unmeasured_run(run) : std::nullopt) {
        judgement.findings.push_back(std::move(*unmeasured));
    }
    if (run.fake_library) {
        reject_fake_library(judgement);
    }
    for (Finding& finding : judgement.findings) {
        if (points == PointEstimates::allow) {
            decide_on_point(finding, run);
        }
        judgement.on_point_values = judgement.on_point_values || finding.on_point_value;
        judgement.verdict = worst(judgement.verdict.value_or(Verdict::pass), finding.verdict);
    }
    return judgement;
}

}  // namespace plumbline
