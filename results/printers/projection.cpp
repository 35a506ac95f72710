// SPDX-License-Identifier: Apache-2.0
#include "results/projection/project_cases.hpp"

#include "collectives/util/units.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace plumbline {
namespace {

using text::printable;
using text::rank_count;

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

std::string base_text(const ProjectedEfficiency& efficiency)
{
    return fmt::format("(base {}: {}{}; {} fixed)", rank_count(efficiency.base_ranks),
                       format_seconds(efficiency.base_s), efficiency.across_fabrics ? ", across nodes" : "",
                       info(efficiency.metric).held_fixed);
}

std::string efficiency_text(const ProjectedEfficiency& efficiency)
{
    const Value& value = efficiency.value;
    const std::string interval =
        value.interval ? fmt::format("[{:.1f}, {:.1f}]", 100 * value.interval->low, 100 * value.interval->high)
                       : "[none]";
    return fmt::format("  {} {} {} {}{}\n", info(efficiency.metric).name, percent(*value.estimate), interval,
                       base_text(efficiency), value.why.empty() ? "" : ": " + value.why.english());
}

std::string time_text(const CaseProjection& projection, double confidence)
{
    const Projection& time = *projection.time;
    const std::string far = fmt::format("{:.3g} times the largest scale measured{}", time.ratio,
                                        time.ratio > largest_accepted_ratio ? ": extrapolated, not accepted" : "");
    if (!projection.no_interval.empty()) {
        return fmt::format("  predicted {} [none], {}\n  no interval: {}\n", format_seconds(time.seconds), far,
                           projection.no_interval);
    }
    return fmt::format("  predicted {} [{}, {}] at {:g} %, {}\n", format_seconds(time.seconds),
                       format_seconds(time.interval.low), format_seconds(time.interval.high), 100 * confidence, far);
}

std::vector<int> scales_of(const CaseProjection& projection)
{
    std::vector<int> scales;
    for (const CaseSummary& c : projection.cases) {
        scales.push_back(c.header.what.ranks);
    }
    return scales;
}

std::string text_of(const CaseProjection& projection, int ranks, double confidence)
{
    std::string text = describe(at_scale(projection.what, ranks)) + "\n";
    if (!projection.cases.empty()) {
        text += fmt::format("  measured on {} ranks\n", fmt::join(scales_of(projection), ", "));
    }
    if (!projection.taking_turns.empty()) {
        text += fmt::format("  left out: {} ranks, which take turns on cores they share\n",
                            fmt::join(projection.taking_turns, ", "));
    }
    if (!projection.time) {
        return text + "  no prediction: " + projection.why.english() + "\n";
    }
    text += time_text(projection, confidence);
    text += projection.efficiency ? efficiency_text(*projection.efficiency) : "";
    text += "  forms, by their error on scales left out:\n";
    const auto& forms = projection.time->forms;
    constexpr std::size_t most_forms = 6;
    for (std::size_t i = 0; i < std::min(most_forms, forms.size()); ++i) {
        text += fmt::format("    {:>9}  {:>7}  {}{}\n", format_seconds(forms[i].seconds), percent(forms[i].error),
                            forms[i].formula, forms[i].kept ? "" : "  (not in the interval)");
    }
    return text;
}

std::string verdict_text(const ProjectedVerdict& one)
{
    std::string told = fmt::format("{} {}: ", one.verdict ? name(*one.verdict) : "no verdict", printable(one.target));
    if (one.efficiency) {
        const Value& value = one.efficiency->value;
        std::vector<double> values{*value.estimate};
        if (value.interval) {
            values.insert(values.end(), {value.interval->low, value.interval->high});
        }
        const std::vector<double> limits(one.bound ? 1 : 0, one.bound.value_or(0));
        const auto texts = text::written_apart(values, limits, text::plain_number());
        told += fmt::format("{} {} ", info(one.efficiency->metric).name, texts[0]);
        told += value.interval ? fmt::format("[{}, {}] at ", texts[1], texts[2]) : "at ";
    }
    told += printable(one.at.english()) + (one.efficiency ? " " + base_text(*one.efficiency) : "");
    return one.why.empty() ? told : fmt::format("{}: {}", told, printable(one.why.english()));
}

}  // namespace

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
        text += "\n" + verdict_text(one) + "\n";
    }
    return text;
}

}  // namespace plumbline
