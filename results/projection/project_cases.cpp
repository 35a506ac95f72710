// SPDX-License-Identifier: Apache-2.0
#include "results/projection/project_cases.hpp"

#include "collectives/util/error.hpp"
#include "results/records/case_header.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/applicability.hpp"
#include "results/verdicts/base_ratio.hpp"
#include "results/verdicts/case_filter.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/run_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace plumbline {
namespace {

using text::rank_count;

bool is_measured_workload(const CaseSummary& c)
{
    return !parse_collective(c.header.what.pattern) && c.header.status == CaseStatus::measured && c.median_s &&
           *c.median_s > 0;
}

/// The cases of one workload, one per scale (its first rank set), ascending.
using Series = std::vector<const CaseSummary*>;

std::vector<Series> series_of(const RunData& run)
{
    std::vector<Series> all;
    for (const CaseSummary& c : run.cases) {
        if (!is_measured_workload(c)) {
            continue;
        }
        const auto same = std::find_if(all.begin(), all.end(), [&](const Series& series) {
            return same_but_scale(series.front()->header.what, c.header.what);
        });
        Series& series = same == all.end() ? all.emplace_back() : *same;
        const bool known = std::any_of(series.begin(), series.end(), [&](const CaseSummary* other) {
            return other->header.what.ranks == c.header.what.ranks;
        });
        if (!known) {
            series.push_back(&c);
        }
    }
    for (Series& series : all) {
        std::sort(series.begin(), series.end(), [](const CaseSummary* a, const CaseSummary* b) {
            return a->header.what.ranks < b->header.what.ranks;
        });
    }
    return all;
}

ScalePoint point_of(const CaseSummary& c)
{
    ScalePoint point{.ranks = static_cast<double>(c.header.what.ranks), .seconds = *c.median_s};
    if (c.ci_low_s && c.ci_high_s) {
        point.relative_error = (*c.ci_high_s - *c.ci_low_s) / 2 / *c.median_s;
    }
    return point;
}

/// Of a step's times; bandwidths aren't projected.
std::optional<Metric> efficiency_metric(const CaseIdentity& what)
{
    const auto metric = scaling_metric(what);
    return metric == Metric::busbw_retention ? std::nullopt : metric;
}

/// Assumes that the projected scale has as many nodes as the largest measured one.
bool from_another_fabric(const CaseSummary& base, const CaseProjection& projection)
{
    CaseSummary larger;
    larger.header.what = projection.what;
    return crosses_fabrics(base, larger);
}

Sentence no_interval_of(const CaseSummary& c, const RunData& run)
{
    if (c.ci_low_s && c.ci_high_s) {
        return "";
    }
    const std::size_t count = run.observations(c.header.id).size();
    return say("{} on {}", too_few(c.interval_over, run.confidence, count), ranks_said(c.header.what.ranks));
}

/// Why `base` and the cases give no interval: one of them has none, or the machine state differs. Empty where they do.
Sentence no_common_interval(const CaseSummary& base, std::span<const CaseSummary> cases, const RunData& run)
{
    Sentence why = no_interval_of(base, run);
    for (std::size_t i = 0; i < cases.size() && why.empty(); ++i) {
        why = no_interval_of(cases[i], run);
    }
    for (std::size_t i = 0; i < cases.size() && why.empty(); ++i) {
        why = unlike_machines(base, cases[i]).value_or(Sentence());
    }
    return why;
}

double factor_on_times(Metric metric, double growth)
{
    if (metric == Metric::linear_speedup) {
        return growth;
    }
    return metric == Metric::strong_efficiency ? 1 / growth : 1;
}

/// Judges the projections of one run at one scale.
class Projector {
public:
    Projector(const RunData& run, int ranks) : run_(run), ranks_(ranks) {}

    CaseProjection project(const Series& series) const;
    std::vector<ProjectedVerdict> judge(const Target& target, std::span<const CaseProjection> projections) const;

private:
    ProjectedEfficiency efficiency(Metric metric, const CaseSummary& base, const CaseProjection& projection) const;
    std::optional<Sentence> why_not_projected(const Target& target) const;
    ProjectedVerdict judge_one(const Target& target, const CaseProjection& projection) const;
    std::optional<Sentence> why_not_accepted(const Target& target, const CaseSummary& base,
                                             const CaseProjection& projection) const;
    void decide(const Target& target, ProjectedVerdict& result) const;

    const RunData& run_;
    int ranks_;
};

CaseProjection Projector::project(const Series& series) const
{
    CaseProjection projection;
    projection.what = series.back()->header.what;
    std::vector<ScalePoint> points;
    for (const CaseSummary* c : series) {
        if (run_.core_sharing && run_.core_sharing(c->header.id)) {
            projection.taking_turns.push_back(c->header.what.ranks);
            continue;
        }
        projection.cases.push_back(*c);
        points.push_back(point_of(*c));
    }
    projection.time = project_time(points, ranks_, run_.confidence);
    if (!projection.time) {
        projection.why = fmt::format("needs at least {} scales, has {}", fewest_points, points.size());
        return projection;
    }
    const CaseSummary& base = projection.cases.front();
    projection.no_interval = no_common_interval(base, projection.cases, run_);
    if (const auto metric = efficiency_metric(projection.what)) {
        projection.efficiency = efficiency(*metric, base, projection);
    }
    return projection;
}

ProjectedEfficiency Projector::efficiency(Metric metric, const CaseSummary& base,
                                          const CaseProjection& projection) const
{
    ProjectedEfficiency efficiency;
    efficiency.metric = metric;
    efficiency.base_ranks = base.header.what.ranks;
    efficiency.base_s = *base.median_s;
    efficiency.across_fabrics = from_another_fabric(base, projection);
    const Projection& time = *projection.time;
    const double factor = factor_on_times(metric, static_cast<double>(ranks_) / efficiency.base_ranks);
    Value& value = efficiency.value;
    value.estimate = efficiency.base_s / time.seconds * factor;
    value.why = no_common_interval(base, projection.cases, run_);
    if (value.why.empty() && time.interval.low <= 0) {
        value.why = "has no interval (that of the predicted time reaches down to 0)";
    }
    if (value.why.empty()) {
        value.interval = Interval{.low = *base.ci_low_s / time.interval.high * factor,
                                  .high = *base.ci_high_s / time.interval.low * factor};
    }
    return efficiency;
}

/// Why a target is not projected whatever the cases are; nothing where it is.
std::optional<Sentence> Projector::why_not_projected(const Target& target) const
{
    if (target.metric == Metric::unmeasured) {
        return verbatim(target.unmeasured);
    }
    if (target.metric != Metric::weak_efficiency && target.metric != Metric::linear_speedup &&
        target.metric != Metric::strong_efficiency) {
        return fmt::format("{} is not projected (weak_efficiency, linear_speedup and strong_efficiency are)",
                           info(target.metric).name);
    }
    if (target.at && target.at->unit == ScaleUnit::nodes) {
        return "its scale is in nodes, and a projection knows ranks alone (write at_ranks)";
    }
    if (target.at && target.at->count.value_or(ranks_) != ranks_) {
        return fmt::format("applies to {}, not to {} (check judges scales that were measured)",
                           rank_count(*target.at->count), ranks_);
    }
    return std::nullopt;
}

std::vector<ProjectedVerdict> Projector::judge(const Target& target, std::span<const CaseProjection> projections) const
{
    ProjectedVerdict none;
    none.target = target.name;
    none.at = target.metric == Metric::unmeasured ? say("the whole run") : describe_where(target);
    if (const auto why = why_not_projected(target)) {
        none.why = *why;
        return {none};
    }
    std::vector<ProjectedVerdict> verdicts;
    for (const CaseProjection& projection : projections) {
        if (matches(target, at_scale(projection.what, ranks_))) {
            verdicts.push_back(judge_one(target, projection));
        }
    }
    if (verdicts.empty()) {
        none.why = projections.empty() ? "no workload was measured"
                                       : fmt::format("no workload that was measured matches on {}", rank_count(ranks_));
        return {none};
    }
    return verdicts;
}

ProjectedVerdict Projector::judge_one(const Target& target, const CaseProjection& projection) const
{
    ProjectedVerdict result;
    result.target = target.name;
    result.at = description(at_scale(projection.what, ranks_));
    if (!projection.time) {
        result.why = projection.why;
        return result;
    }
    const CaseSummary& largest = projection.cases.back();
    if (const auto why = not_judged_reason(target.metric, largest, run_)) {
        result.why = *why;
        return result;
    }
    const auto scale = base_scale(target, projection.what, run_);
    const CaseSummary* base = find_base(target.metric, largest, scale, run_);
    if (base == nullptr) {
        result.why = why_no_base(target, projection.what, run_);
    } else if (const auto why = why_not_accepted(target, *base, projection)) {
        result.why = *why;
    } else {
        result.efficiency = efficiency(target.metric, *base, projection);
        decide(target, result);
    }
    return result;
}

std::optional<Sentence> Projector::why_not_accepted(const Target& target, const CaseSummary& base,
                                                    const CaseProjection& projection) const
{
    if (projection.time->ratio > largest_accepted_ratio) {
        return fmt::format("extrapolated, not accepted ({:.3g} times the largest scale measured; {:g} at most)",
                           projection.time->ratio, largest_accepted_ratio);
    }
    if (from_another_fabric(base, projection) && !target.across_fabrics) {
        return fmt::format(
            "its base ({}) lies on one node and larger scales on several (another fabric). Name a base on several "
            "nodes, or set across_fabrics",
            rank_count(base.header.what.ranks));
    }
    return shared_cores_reason(target.metric, base, run_);
}

void Projector::decide(const Target& target, ProjectedVerdict& result) const
{
    const Value& value = result.efficiency->value;
    if (!value.interval) {
        result.verdict = Verdict::inconclusive;
        result.why = value.why;
        return;
    }
    result.verdict = verdict_of(*value.interval, target.at_least, target.at_most);
    result.bound = target.at_least ? target.at_least : target.at_most;
    if (result.verdict == Verdict::inconclusive) {
        result.why = fmt::format(
            "the bound, {}, lies within the {:g} % interval. Measure larger scales, which narrow a prediction",
            text::written_in_full(*result.bound), 100 * run_.confidence);
    }
}

/// Why no case of the run can be judged, in judge()'s words: its library is a fake, or it is incomplete.
std::vector<Finding> of_the_whole_run(std::span<const Target> targets, const RunData& run)
{
    RunData without_cases;
    without_cases.complete = run.complete;
    without_cases.fake_library = run.fake_library;
    return judge(targets, without_cases).findings;
}

ProjectedVerdict as_projected(const Finding& finding)
{
    ProjectedVerdict verdict;
    verdict.target = finding.target;
    verdict.at = finding.at;
    verdict.verdict = finding.verdict;
    verdict.why = finding.why;
    return verdict;
}

}  // namespace

CaseIdentity at_scale(CaseIdentity what, int ranks)
{
    what.ranks = ranks;
    what.nodes = 1;
    return what;
}

std::vector<CaseProjection> project_cases(const RunData& run, int ranks)
{
    std::vector<CaseProjection> projections;
    for (const Series& series : series_of(run)) {
        const int largest = series.back()->header.what.ranks;
        if (ranks <= largest) {
            throw ConfigError(
                say("--ranks {} is not larger than the measured scales (up to {}). The nearest valid "
                    "value is {}",
                    ranks, largest, largest + 1));
        }
        projections.push_back(Projector(run, ranks).project(series));
    }
    return projections;
}

std::vector<ProjectedVerdict> judge_projections(std::span<const Target> targets,
                                                std::span<const CaseProjection> projections, const RunData& run,
                                                int ranks)
{
    const Projector projector(run, ranks);
    std::vector<ProjectedVerdict> verdicts;
    for (const Target& target : targets) {
        auto more = projector.judge(target, projections);
        std::move(more.begin(), more.end(), std::back_inserter(verdicts));
    }
    const std::vector<Finding> whole = of_the_whole_run(targets, run);
    if (!targets.empty() && !run.complete) {
        verdicts.push_back(as_projected(whole.back()));
    }
    if (run.fake_library) {
        if (verdicts.empty()) {
            verdicts.push_back(as_projected(whole.front()));
        }
        for (ProjectedVerdict& one : verdicts) {
            one.verdict = Verdict::not_measured;
            one.why = stand_in_reason();
        }
    }
    return verdicts;
}

}  // namespace plumbline
