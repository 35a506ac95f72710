// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/who_wins.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string_view>

namespace plumbline {
namespace {

constexpr double equal_within = 0.02;  ///< the mean of a regime
constexpr double each_within = 0.05;   ///< each of its cases
constexpr std::size_t most_cases = 3;

/// The bandwidth regime of a series; where each series has one size, that.
const RegimeSummary* summary_of(const Comparison& comparison, std::size_t run, Regime regime)
{
    const auto found = std::ranges::find_if(comparison.regimes,
                                            [&](const RegimeSummary& r) { return r.run == run && r.regime == regime; });
    return found == comparison.regimes.end() ? nullptr : &*found;
}

/// Cases of the regime have too few samples to show anything.
bool too_few_samples(const Comparison& comparison, const RegimeSummary& summary)
{
    return std::ranges::any_of(comparison.cases, [&](const ComparedCase& c) {
        return c.run == summary.run && c.regime == summary.regime && c.difference == Difference::unknown;
    });
}

bool is_equal(const RegimeSummary& summary)
{
    return std::abs(summary.geometric_mean - 1) <= equal_within && summary.lowest >= 1 - each_within &&
           summary.highest <= 1 + each_within;
}

Sentence place_said(Regime regime)
{
    switch (regime) {
        case Regime::latency:
            return say("in latency");
        case Regime::bandwidth:
            return say("where bandwidth counts");
        case Regime::step:
            return say("in training and inference steps");
        case Regime::transition:
            return say("between latency and bandwidth");
        case Regime::one_size:
            break;
    }
    return say("at single sizes");
}

Sentence regime_said(const Comparison& comparison, const RegimeSummary& summary)
{
    const Sentence place = place_said(summary.regime);
    const double ratio = summary.geometric_mean;
    if (is_equal(summary)) {
        return too_few_samples(comparison, summary)
                   ? say("within {:.2g} % {}, which too few samples or launches show", 100 * std::abs(ratio - 1), place)
                   : say("equal {}", place);
    }
    const Sentence factor =
        ratio >= 1 ? say("{:.3g} x faster {}", ratio, place) : say("{:.3g} x slower {}", 1 / ratio, place);
    if (summary.better == 0 && summary.worse == 0) {
        return say("{} (not shown)", factor);
    }
    return summary.better > 0 && summary.worse > 0
               ? say("{} ({} of {} cases better, {} worse)", factor, summary.better, summary.cases, summary.worse)
               : factor;
}

/// "9 % dearer a GB/s": price of the same bandwidth.
std::optional<Sentence> price_said(const std::optional<double>& ratio_per, std::string_view what)
{
    if (!ratio_per || *ratio_per <= 0) {
        return std::nullopt;
    }
    const double cost = 100 * (1 / *ratio_per - 1);
    const bool power = what == "power";
    if (std::abs(cost) < 0.5) {
        return power ? say("as much power a GB/s") : say("as dear a GB/s");
    }
    if (cost > 0) {
        return power ? say("{:.0f} % more power a GB/s", cost) : say("{:.0f} % dearer a GB/s", cost);
    }
    return power ? say("{:.0f} % less power a GB/s", -cost) : say("{:.0f} % cheaper a GB/s", -cost);
}

const RegimeSummary* bandwidth_of(const Comparison& comparison, std::size_t run)
{
    const RegimeSummary* const found = summary_of(comparison, run, Regime::bandwidth);
    return found != nullptr ? found : summary_of(comparison, run, Regime::one_size);
}

std::string named(std::span<const ComparedRun> runs, std::size_t run)
{
    return runs[run].label;
}

/// "+300 %"
std::string gain(double ratio)
{
    return fmt::format("{:+.{}f} %", 100 * (ratio - 1), std::abs(ratio - 1) < 0.1 ? 1 : 0);
}

/// "4,275", "905,600": four digits, in groups of three where they are whole.
std::string four_digits(double value)
{
    if (!(std::abs(value) >= 1000) || std::abs(value) >= 1e15) {
        return fmt::format("{:.4g}", value);
    }
    const double scale = std::pow(10.0, std::floor(std::log10(std::abs(value))) - 3);
    std::string text = fmt::format("{:.0f}", std::round(value / scale) * scale);
    for (std::size_t end = text.size(); end > 3 && text[end - 4] != '-'; end -= 3) {
        text.insert(end - 3, ",");
    }
    return text;
}

}  // namespace

Sentence effect_said(double cliffs_delta)
{
    // Romano 2006
    constexpr double small = 0.147;
    constexpr double medium = 0.33;
    constexpr double large = 0.474;
    const double size = std::abs(cliffs_delta);
    return size < small ? say("none") : size < medium ? say("small") : size < large ? say("medium") : say("large");
}

std::vector<Sentence> who_wins(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    std::vector<Sentence> all;
    for (std::size_t run = 1; run < runs.size(); ++run) {
        std::vector<Sentence> parts;
        for (const Regime regime : {Regime::bandwidth, Regime::one_size, Regime::latency, Regime::step}) {
            if (const RegimeSummary* const summary = summary_of(comparison, run, regime)) {
                parts.push_back(regime_said(comparison, *summary));
            }
        }
        if (parts.empty()) {
            if (const RegimeSummary* const summary = summary_of(comparison, run, Regime::transition)) {
                parts.push_back(regime_said(comparison, *summary));
            }
        }
        if (const RegimeSummary* const summary = bandwidth_of(comparison, run)) {
            for (const auto& price :
                 {price_said(summary->per_price, "price"), price_said(summary->per_power, "power")}) {
                if (price) {
                    parts.push_back(*price);
                }
            }
        }
        if (parts.empty()) {
            all.push_back(say("{} has no case in common with {}", named(runs, run), named(runs, 0)));
        } else if (runs.size() == 2) {
            all.push_back(say("{} is {}", named(runs, run), list_of(parts)));
        } else {
            all.push_back(say("beside {}, {} is {}", named(runs, 0), named(runs, run), list_of(parts)));
        }
    }
    return all;
}

Sentence fastest_said(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    if (runs.size() < 3) {
        return {};
    }
    std::vector<Sentence> parts;
    for (const Regime regime : {Regime::bandwidth, Regime::one_size, Regime::latency, Regime::step}) {
        std::vector<double> speeds(runs.size(), 0);
        speeds[0] = 1;
        bool all_there = true;
        for (std::size_t run = 1; run < runs.size(); ++run) {
            const RegimeSummary* const summary = summary_of(comparison, run, regime);
            all_there = all_there && summary != nullptr;
            speeds[run] = summary != nullptr ? summary->geometric_mean : 0;
        }
        if (!all_there) {
            continue;
        }
        const double best = *std::ranges::max_element(speeds);
        std::vector<std::string> winners;
        for (std::size_t run = 0; run < runs.size(); ++run) {
            if (speeds[run] >= best * (1 - equal_within)) {
                winners.push_back(named(runs, run));
            }
        }
        parts.push_back(winners.size() == runs.size()
                            ? say("all alike {}", place_said(regime))
                            : say("{} {}", fmt::format("{}", fmt::join(winners, ", ")), place_said(regime)));
    }
    return parts.empty() ? Sentence() : say("fastest: {}", list_of(parts));
}

std::vector<Sentence> tokens_said(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    std::vector<Sentence> all;
    for (const ComparedCase& c : comparison.cases) {
        if (!c.reference_tokens_per_s || !c.tokens_per_s || *c.reference_tokens_per_s <= 0) {
            continue;
        }
        const ComparedRun& a = runs[0];
        const ComparedRun& b = runs[c.run];
        const double ratio = *c.tokens_per_s / *c.reference_tokens_per_s;
        std::vector<Sentence> parts{say("{} {} tokens/s beside {} ({})", named(runs, c.run),
                                        four_digits(*c.tokens_per_s), four_digits(*c.reference_tokens_per_s),
                                        gain(ratio))};
        const double nodes = std::max(1, c.what.nodes);
        if (a.price && b.price) {
            // For what a thousand nodes cost the digits are few; a million of the currency gives figures that are read.
            constexpr double million = 1e6;
            const std::string currency = b.currency.empty() ? "money" : b.currency;
            parts.push_back(say("{} tokens/s for a million {} beside {} ({})",
                                four_digits(*c.tokens_per_s * million / (*b.price * nodes)), currency,
                                four_digits(*c.reference_tokens_per_s * million / (*a.price * nodes)),
                                gain(ratio * *a.price / *b.price)));
        }
        if (a.power_kw && b.power_kw) {
            constexpr double hour_s = 3600;
            parts.push_back(say("{} tokens a kWh beside {} ({})",
                                four_digits(*c.tokens_per_s * hour_s / (*b.power_kw * nodes)),
                                four_digits(*c.reference_tokens_per_s * hour_s / (*a.power_kw * nodes)),
                                gain(ratio * *a.power_kw / *b.power_kw)));
        }
        all.push_back(say("{}: {}", description(c.what), list_of(parts)));
    }
    return all;
}

std::vector<std::string> unfair_differences(const Comparison& comparison)
{
    // What a vendor sells (library, devices, network) is compared; these are how it was measured.
    constexpr std::array<std::string_view, 8> conditions{
        "stand-in for the library", "simulated", "ranks", "nodes", "clock", "common start",
        "common start came to",     "confidence"};
    std::vector<std::string> names;
    for (const ManifestRow& row : comparison.manifest) {
        if (row.differs && std::ranges::find(conditions, row.name) != conditions.end()) {
            names.push_back(row.name);
        }
    }
    return names;
}

Sentence fairness_said(const Comparison& comparison)
{
    const auto unfair = unfair_differences(comparison);
    const auto differing = static_cast<std::size_t>(std::ranges::count_if(comparison.manifest, &ManifestRow::differs));
    if (!unfair.empty()) {
        return say("measured under different conditions: {}; what follows is of them too",
                   fmt::format("{}", fmt::join(unfair, ", ")));
    }
    return differing == 0 ? say("like is compared with like: nothing differs")
                          : say("like is compared with like: {} of {} properties differ, none of how it was measured",
                                differing, comparison.manifest.size());
}

Sentence cases_said(std::span<const ComparedRun> runs, const Comparison& comparison)
{
    std::vector<const ComparedCase*> cases;
    for (const std::size_t index : comparison.deciding) {
        cases.push_back(&comparison.cases[index]);
    }
    std::ranges::sort(cases, {}, &ComparedCase::ratio);
    std::vector<Sentence> parts;
    for (std::size_t i = 0; i < std::min(cases.size(), most_cases); ++i) {
        parts.push_back(say("{}: {} at {:.3f} of {}", description(cases[i]->what), named(runs, cases[i]->run),
                            cases[i]->ratio, named(runs, 0)));
    }
    if (cases.size() > most_cases) {
        parts.push_back(say("and {} more", cases.size() - most_cases));
    }
    if (comparison.verdict == Verdict::not_measured) {
        for (const UnmatchedCase& lost : comparison.unmatched) {
            if (lost.run == 0 && parts.size() < most_cases) {
                parts.push_back(say("{}: not compared", description(lost.what)));
            }
        }
    }
    return list_of(parts);
}

}  // namespace plumbline
