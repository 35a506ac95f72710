#include "results/project_cases.hpp"

#include "collectives/error.hpp"
#include "collectives/units.hpp"
#include "results/scaling.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace plumbline {
namespace {

bool is_measured_workload(const CaseSummary& c)
{
    return !parse_collective(c.header.what.pattern) && c.header.status == CaseStatus::measured && c.median_s &&
           *c.median_s > 0;
}

/// The cases of one kind, one a scale (the first rank set of each), ascending.
using Series = std::vector<const CaseSummary*>;

std::vector<Series> series_of(const Measured& run)
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

std::optional<Metric> efficiency_metric(const CaseIdentity& what)
{
    if (what.pattern == "data_parallel") {
        return Metric::weak_efficiency;
    }
    if (what.pattern == "training_step") {
        return has_fixed_total(what) ? Metric::strong_efficiency : Metric::weak_efficiency;
    }
    return std::nullopt;
}

void add_efficiency(const CaseSummary& base, int ranks, CaseProjection& projection)
{
    projection.metric = efficiency_metric(projection.what);
    if (!projection.metric || !projection.time) {
        return;
    }
    projection.base_ranks = base.header.what.ranks;
    projection.base_s = *base.median_s;
    const double factor =
        projection.metric == Metric::strong_efficiency ? static_cast<double>(projection.base_ranks) / ranks : 1;
    const Interval& time = projection.time->interval;
    projection.efficiency = projection.base_s / projection.time->seconds * factor;
    if (time.low > 0) {
        projection.efficiency_interval =
            Interval{.low = base.ci_low_s.value_or(projection.base_s) / time.high * factor,
                     .high = base.ci_high_s.value_or(projection.base_s) / time.low * factor};
    }
}

bool speaks_of(const Target& target, const CaseProjection& projection)
{
    const bool same_metric = target.metric == projection.metric ||
                             (target.metric == Metric::linear_speedup && projection.metric == Metric::weak_efficiency);
    const auto pattern = target.where.find("pattern");
    return same_metric && (pattern == target.where.end() || pattern->second == projection.what.pattern);
}

/// The same case on so many ranks; on how many nodes they will lie isn't known.
CaseIdentity at_scale(CaseIdentity what, int ranks)
{
    what.ranks = ranks;
    what.nodes = 1;
    return what;
}

ProjectedVerdict judge_one(const Target& target, const CaseProjection& projection, int ranks)
{
    const CaseIdentity what = at_scale(projection.what, ranks);
    ProjectedVerdict result{.target = target.name, .at = describe(what), .verdict = {}, .why = {}};
    if (!projection.time || !projection.efficiency_interval) {
        result.why = projection.why;
    } else if (projection.time->ratio > largest_accepted_ratio) {
        result.why = fmt::format("extrapolated, not accepted ({:.3g} times the largest scale measured; {:g} at most)",
                                 projection.time->ratio, largest_accepted_ratio);
    } else {
        Interval interval = *projection.efficiency_interval;
        if (target.metric == Metric::linear_speedup) {
            const double growth = static_cast<double>(ranks) / projection.base_ranks;
            interval = {.low = interval.low * growth, .high = interval.high * growth};
        }
        result.verdict = verdict_of(interval, target.at_least, target.at_most);
    }
    return result;
}

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

std::string text_of(const CaseProjection& projection, int ranks, double confidence)
{
    const CaseIdentity what = at_scale(projection.what, ranks);
    std::string text = describe(what) + "\n";
    if (!projection.scales.empty()) {
        text += fmt::format("  measured on {} ranks\n", fmt::join(projection.scales, ", "));
    }
    if (!projection.taking_turns.empty()) {
        text += fmt::format("  left out: {} ranks, which take turns on cores they share\n",
                            fmt::join(projection.taking_turns, ", "));
    }
    if (!projection.time) {
        return text + "  no prediction: " + projection.why + "\n";
    }
    const Projection& time = *projection.time;
    text += fmt::format("  predicted {} [{}, {}] at {:g} %, {:.3g} times the largest scale measured{}\n",
                        format_seconds(time.seconds), format_seconds(time.interval.low),
                        format_seconds(time.interval.high), 100 * confidence, time.ratio,
                        time.ratio > largest_accepted_ratio ? ": extrapolated, not accepted" : "");
    if (projection.efficiency && projection.efficiency_interval) {
        text += fmt::format("  {} {} [{:.1f}, {:.1f}] (base {} ranks: {}; {} fixed)\n", info(*projection.metric).name,
                            percent(*projection.efficiency), 100 * projection.efficiency_interval->low,
                            100 * projection.efficiency_interval->high, projection.base_ranks,
                            format_seconds(projection.base_s), info(*projection.metric).held_fixed);
    }
    text += "  forms, by their error on scales left out:\n";
    constexpr std::size_t most_forms = 6;
    for (std::size_t i = 0; i < std::min(most_forms, time.forms.size()); ++i) {
        const ProjectedForm& form = time.forms[i];
        text += fmt::format("    {:>9}  {:>7}  {}{}\n", format_seconds(form.seconds), percent(form.error), form.formula,
                            form.kept ? "" : "  (not in the interval)");
    }
    return text;
}

}  // namespace

std::vector<CaseProjection> project_cases(const Measured& run, int ranks)
{
    std::vector<CaseProjection> projections;
    for (const Series& series : series_of(run)) {
        const int largest = series.back()->header.what.ranks;
        if (ranks <= largest) {
            throw ConfigError(
                fmt::format("--ranks {} is no scale beyond those measured (up to {}). The nearest valid "
                            "value is {}",
                            ranks, largest, largest + 1));
        }
        CaseProjection projection;
        projection.what = series.back()->header.what;
        std::vector<ScalePoint> points;
        const CaseSummary* base = nullptr;
        for (const CaseSummary* c : series) {
            if (run.core_sharing && run.core_sharing(c->header.id)) {
                projection.taking_turns.push_back(c->header.what.ranks);
                continue;
            }
            base = base == nullptr ? c : base;
            projection.scales.push_back(c->header.what.ranks);
            points.push_back(point_of(*c));
        }
        projection.time = project_time(points, ranks, run.confidence);
        if (!projection.time) {
            projection.why = fmt::format("needs at least {} scales, has {}", fewest_points, points.size());
        }
        if (base != nullptr) {
            add_efficiency(*base, ranks, projection);
        }
        projections.push_back(std::move(projection));
    }
    return projections;
}

std::vector<ProjectedVerdict> judge_projections(std::span<const Target> targets,
                                                std::span<const CaseProjection> projections, int ranks)
{
    std::vector<ProjectedVerdict> verdicts;
    for (const Target& target : targets) {
        for (const CaseProjection& projection : projections) {
            if (speaks_of(target, projection)) {
                verdicts.push_back(judge_one(target, projection, ranks));
            }
        }
    }
    return verdicts;
}

std::string projection_text(std::span<const CaseProjection> projections, std::span<const ProjectedVerdict> verdicts,
                            int ranks, double confidence)
{
    std::string text = "predictions, not measurements\n";
    for (const CaseProjection& projection : projections) {
        text += "\n" + text_of(projection, ranks, confidence);
    }
    if (projections.empty()) {
        text += "\nno workload was measured\n";
    }
    for (const ProjectedVerdict& one : verdicts) {
        text += fmt::format("\n{} {} {}{}\n", one.verdict ? name(*one.verdict) : "no verdict", one.target, one.at,
                            one.why.empty() ? "" : ": " + one.why);
    }
    return text;
}

}  // namespace plumbline
