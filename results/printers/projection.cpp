// SPDX-License-Identifier: Apache-2.0
#include "results/projection/project_cases.hpp"

#include "collectives/util/units.hpp"
#include "results/util/digits.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using text::printable;

std::string percent(double share)
{
    return fmt::format("{:.1f} %", 100 * share);
}

Sentence base_said(const ProjectedEfficiency& efficiency)
{
    const Sentence fixed = say("{} fixed", word(info(efficiency.metric).held_fixed));
    const Sentence base = say("base {}: {}", ranks_said(efficiency.base_ranks), format_seconds(efficiency.base_s));
    return efficiency.across_fabrics ? say("({}, across nodes; {})", base, fixed) : say("({}; {})", base, fixed);
}

Sentence efficiency_said(const ProjectedEfficiency& efficiency)
{
    const Value& value = efficiency.value;
    const Sentence interval =
        value.interval ? fmt::format("[{:.1f}, {:.1f}]", 100 * value.interval->low, 100 * value.interval->high)
                       : word("[none]");
    const Sentence text = say("{} {} {} {}", word(info(efficiency.metric).name), percent(*value.estimate), interval,
                              base_said(efficiency));
    return value.why.empty() ? text : say("{}: {}", text, value.why);
}

/// What is predicted; a second line where that has no interval.
std::vector<Sentence> time_said(const CaseProjection& projection, double confidence)
{
    const Projection& time = *projection.time;
    const Sentence far = time.ratio > largest_accepted_ratio
                             ? say("{:.3g} times the largest scale measured: extrapolated, not accepted", time.ratio)
                             : say("{:.3g} times the largest scale measured", time.ratio);
    if (!projection.no_interval.empty()) {
        return {say("predicted {} [none], {}", format_seconds(time.seconds), far),
                say("no interval: {}", projection.no_interval)};
    }
    return {say("predicted {} [{}, {}] at {:g} %, {}", format_seconds(time.seconds), format_seconds(time.interval.low),
                format_seconds(time.interval.high), 100 * confidence, far)};
}

std::vector<int> scales_of(const CaseProjection& projection)
{
    std::vector<int> scales;
    for (const CaseSummary& c : projection.cases) {
        scales.push_back(c.header.what.ranks);
    }
    return scales;
}

/// Lines behind an indent.
class ProjectionLines {
public:
    explicit ProjectionLines(Language language) : language_(language) {}
    void put(const Sentence& sentence, std::string_view indent = "")
    {
        text_ += fmt::format("{}{}\n", indent, printable(in(language_, sentence)));
    }
    void skip() { text_ += '\n'; }
    const std::string& text() const { return text_; }

private:
    Language language_;
    std::string text_;
};

void put_case(ProjectionLines& lines, const CaseProjection& projection, int ranks, double confidence)
{
    constexpr std::string_view indent = "  ";
    lines.put(description(at_scale(projection.what, ranks)));
    if (!projection.cases.empty()) {
        lines.put(say("measured on {} ranks", fmt::format("{}", fmt::join(scales_of(projection), ", "))), indent);
    }
    if (!projection.taking_turns.empty()) {
        lines.put(say("left out: {} ranks, which take turns on cores they share",
                      fmt::format("{}", fmt::join(projection.taking_turns, ", "))),
                  indent);
    }
    if (!projection.time) {
        lines.put(say("no prediction: {}", projection.why), indent);
        return;
    }
    for (const Sentence& line : time_said(projection, confidence)) {
        lines.put(line, indent);
    }
    if (projection.efficiency) {
        lines.put(efficiency_said(*projection.efficiency), indent);
    }
    lines.put(say("forms, by their error on scales left out:"), indent);
    const auto& forms = projection.time->forms;
    constexpr std::size_t most_forms = 6;
    for (std::size_t i = 0; i < std::min(most_forms, forms.size()); ++i) {
        const std::string form = fmt::format("{:>9}  {:>7}  {}", format_seconds(forms[i].seconds),
                                             percent(forms[i].error), forms[i].formula);
        lines.put(forms[i].kept ? Sentence(form) : say("{}  (not in the interval)", form), "    ");
    }
}

Sentence verdict_said(const ProjectedVerdict& one)
{
    const Sentence verdict = one.verdict ? word(name(*one.verdict)) : say("no verdict");
    Sentence at = one.at;
    if (one.efficiency) {
        const Value& value = one.efficiency->value;
        std::vector<double> values{*value.estimate};
        if (value.interval) {
            values.insert(values.end(), {value.interval->low, value.interval->high});
        }
        const std::vector<double> limits(one.bound ? 1 : 0, one.bound.value_or(0));
        const auto texts = text::written_apart(values, limits, text::plain_number());
        const Sentence number = value.interval ? say("{} [{}, {}]", texts[0], texts[1], texts[2]) : Sentence(texts[0]);
        at = say("{} {} at {} {}", word(info(one.efficiency->metric).name), number, one.at, base_said(*one.efficiency));
    }
    const Sentence told = say("{} {}: {}", verdict, one.target, at);
    return one.why.empty() ? told : say("{}: {}", told, one.why);
}

}  // namespace

std::string projection_text(std::span<const CaseProjection> projections, std::span<const ProjectedVerdict> verdicts,
                            int ranks, double confidence, Language language)
{
    ProjectionLines lines(language);
    lines.put(say("predictions, not measurements"));
    for (const CaseProjection& projection : projections) {
        lines.skip();
        put_case(lines, projection, ranks, confidence);
    }
    if (projections.empty()) {
        lines.skip();
        lines.put(say("no workload was measured"));
    }
    for (const ProjectedVerdict& one : verdicts) {
        lines.skip();
        lines.put(verdict_said(one));
    }
    return lines.text();
}

}  // namespace plumbline
