// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/base_ratio.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/records/machine_state.hpp"
#include "results/statistics/statistics.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/applicability.hpp"
#include "results/verdicts/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace plumbline {
namespace {

/// The ratio is made from times, T(n0) / T(n); this turns it into the metric.
double factor_on_times(Metric metric, const CaseSummary& base, const CaseSummary& scale)
{
    const double growth = static_cast<double>(scale.header.what.ranks) / base.header.what.ranks;
    if (metric == Metric::linear_speedup) {
        return growth;
    }
    if (metric == Metric::strong_efficiency || (metric == Metric::karp_flatt && has_fixed_total(scale.header.what))) {
        return 1 / growth;
    }
    if (metric == Metric::busbw_retention) {
        const auto bus_bytes = [](const CaseSummary& c) {
            return static_cast<double>(c.header.total_bytes) * c.header.bus_factor.value_or(0);
        };
        return bus_bytes(scale) / bus_bytes(base);
    }
    return 1;
}

/// Whether `candidate` is the better base: the smaller scale, then the same rank set. `best` may be null.
bool better_base(const CaseSummary& candidate, const CaseSummary* best, int subset)
{
    if (best == nullptr || candidate.header.what.ranks != best->header.what.ranks) {
        return best == nullptr || candidate.header.what.ranks < best->header.what.ranks;
    }
    return candidate.header.what.subset == subset && best->header.what.subset != subset;
}

}  // namespace

std::optional<Metric> scaling_metric(const CaseIdentity& what)
{
    const auto scaling = pattern_info(what.pattern).scaling;
    if (!scaling) {
        return std::nullopt;
    }
    switch (*scaling) {
        case ScalingKind::retention:
            return Metric::busbw_retention;
        case ScalingKind::weak:
            return Metric::weak_efficiency;
        case ScalingKind::by_batch:
            break;
    }
    return has_fixed_total(what) ? Metric::strong_efficiency : Metric::weak_efficiency;
}

const std::vector<double>& CaseTimes::operator()(int case_id)
{
    const auto found = read_.find(case_id);
    return found != read_.end() ? found->second : read_.emplace(case_id, run_.observations(case_id)).first->second;
}

bool has_fixed_total(const CaseIdentity& what)
{
    return what.parameters.contains("global_batch");
}

int smallest_ranks(Metric metric)
{
    constexpr std::array of_communication{Metric::busbw, Metric::algbw, Metric::busbw_retention,
                                          Metric::fraction_of_ideal, Metric::fraction_of_attainable};
    return std::ranges::find(of_communication, metric) == of_communication.end() ? 1 : 2;
}

std::optional<double> scaling_value(Metric metric, const CaseSummary& of)
{
    const auto& value = metric == Metric::busbw_retention ? of.busbw_bytes_per_s : of.median_s;
    return of.header.status == CaseStatus::measured && value && *value > 0 ? value : std::nullopt;
}

const CaseSummary* find_base(Metric metric, const CaseSummary& scale, std::optional<int> ranks, const RunData& run)
{
    const CaseIdentity& what = scale.header.what;
    const CaseSummary* best = nullptr;
    for (const CaseSummary& candidate : run.cases) {
        const CaseIdentity& other = candidate.header.what;
        const bool right_scale = ranks ? other.ranks == *ranks : other.ranks >= smallest_ranks(metric);
        const bool right_subset = other.subset == what.subset || other.subset == 0;
        if (right_scale && right_subset && same_but_scale(what, other) && scaling_value(metric, candidate) &&
            better_base(candidate, best, what.subset)) {
            best = &candidate;
        }
    }
    return best;
}

std::optional<int> base_scale(const Target& target, const CaseIdentity& what, const RunData& run)
{
    if (!target.base) {
        return std::nullopt;
    }
    const ScaleRef& base = *target.base;
    if (base.unit == ScaleUnit::ranks && base.count) {
        return base.count;
    }
    int largest = 0;
    for (const CaseSummary& c : run.cases) {
        const bool on_those = base.unit == ScaleUnit::ranks || !base.count || c.header.what.nodes == *base.count;
        if (on_those && same_but_scale(c.header.what, what)) {
            largest = std::max(largest, c.header.what.ranks);
        }
    }
    return largest;
}

Sentence why_no_base(const Target& target, const CaseIdentity& what, const RunData& run)
{
    const std::optional<int> ranks = base_scale(target, what, run);
    if (ranks == 0 && target.base && target.base->count) {
        return say("there is no base: no such case on {}", nodes_said(*target.base->count));
    }
    for (const CaseSummary& c : run.cases) {
        if (ranks == c.header.what.ranks && same_but_scale(c.header.what, what)) {
            if (const auto why = missing_value_reason(target.metric, c)) {
                return say("there is no base: {}", *why);
            }
        }
    }
    return ranks ? say("there is no base: no such case on {}", ranks_said(*ranks)) : say("there is no base");
}

bool crosses_fabrics(const CaseSummary& base, const CaseSummary& scale)
{
    return base.header.what.nodes <= 1 && scale.header.what.nodes > 1;
}

Sentence too_few(std::string_view of, double confidence, std::size_t count)
{
    std::size_t needed = count;
    while (!median_interval_ranks(needed, confidence)) {
        ++needed;
    }
    const std::string_view what = of.empty() ? "samples" : of;
    return say("needs at least {} {} for an interval, has {} ({})", needed, word(what), count,
               how_to_ask(what, needed, count));
}

std::optional<Sentence> unlike_machines(const CaseSummary& base, const CaseSummary& scale)
{
    if (base.machine_state == scale.machine_state && base.machine_state != between_states) {
        return std::nullopt;
    }
    const auto in_state = [](const CaseSummary& c) {
        return c.machine_state == between_states ? say("between states") : say("in state {}", c.machine_state);
    };
    return say(
        "the machine was not the same (base measured {}, case {}; see 'plumbline show'). More rounds give both a "
        "common "
        "state",
        in_state(base), in_state(scale));
}

/// Karp, Flatt 1990, from the efficiency e = S/q: (1/e - 1)/(q - 1), the smaller the larger e is.
Value serial_fraction(const CaseSummary& base, const CaseSummary& scale, double confidence, CaseTimes& times)
{
    const Metric efficiency = has_fixed_total(scale.header.what) ? Metric::strong_efficiency : Metric::weak_efficiency;
    const double growth = static_cast<double>(scale.header.what.ranks) / base.header.what.ranks;
    const auto fraction = [&](double e) { return (1 / e - 1) / (growth - 1); };
    Value value = ratio_to_base(efficiency, base, scale, confidence, times);
    value.estimate = fraction(*value.estimate);
    if (value.interval) {
        value.interval = Interval{.low = fraction(value.interval->high), .high = fraction(value.interval->low)};
    }
    return value;
}

Value ratio_to_base(Metric metric, const CaseSummary& base, const CaseSummary& scale, double confidence,
                    CaseTimes& times)
{
    if (!base.median_s || !scale.median_s) {
        throw std::logic_error("a ratio needs two cases that were measured");
    }
    const std::vector<double>& base_times = times(base.header.id);
    const std::vector<double>& scale_times = times(scale.header.id);
    const double factor = factor_on_times(metric, base, scale);
    if (metric == Metric::karp_flatt) {
        return serial_fraction(base, scale, confidence, times);
    }
    Value value;
    value.estimate = *base.median_s / *scale.median_s * factor;
    if (const auto why = unlike_machines(base, scale)) {
        value.why = *why;
        return value;
    }
    if (const auto interval = median_ratio_interval(base_times, scale_times, confidence)) {
        value.interval = Interval{.low = interval->low * factor, .high = interval->high * factor};
        return value;
    }
    const double each = 1 - (1 - confidence) / 2;
    const std::size_t fewest = std::min(base_times.size(), scale_times.size());
    const bool at_base = base_times.size() == fewest;
    value.why = median_interval_ranks(fewest, each) ? say("has no interval (times of zero are in it)")
                : at_base                           ? say("{} at its base", too_few(base.interval_over, each, fewest))
                                                    : too_few(scale.interval_over, each, fewest);
    return value;
}

}  // namespace plumbline
