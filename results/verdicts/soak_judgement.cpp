// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/soak_judgement.hpp"

#include "results/endurance/endurance.hpp"
#include "results/endurance/soak_text.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace plumbline {

namespace {

constexpr double usual_quantile = 0.95;

std::string exact_percent(double share)
{
    return fmt::format("{:g} %", 100 * share);
}

Sentence interruptions_said(std::size_t count)
{
    return count_said(static_cast<long long>(count), "{} interruption", "{} interruptions");
}

/// Something that is known exactly.
void decide_exactly(Finding& finding, double value)
{
    finding.value.estimate = value;
    finding.verdict = verdict_of({.low = value, .high = value}, finding.at_least, finding.at_most);
    if (finding.verdict == Verdict::fail) {
        finding.why = missed_by(finding);
    }
}

void judge_effective_time(const Soak& soak, Finding& finding)
{
    const TimeSpent spent = time_spent(soak);
    const auto ratio = spent.effective_ratio();
    if (!ratio) {
        finding.why = say("no step was made, so there is no time to share out. Look at the soak's log");
        return;
    }
    const auto stopped = static_cast<std::size_t>(std::ranges::count_if(soak.events, &SoakEvent::interrupts));
    finding.basis = say("{} of {} lost by {}, {} writing checkpoints", duration_text(spent.lost_s),
                        duration_text(spent.wall_s), interruptions_said(stopped), duration_text(spent.checkpoint_s));
    decide_exactly(finding, *ratio);
}

void judge_uptime(const Soak& soak, Finding& finding)
{
    const double wall_s = soak.wall_s();
    decide_exactly(finding, wall_s);
    const bool may_go_on = !soak.end || soak.end->paused;
    if (finding.verdict == Verdict::fail && may_go_on) {
        finding.verdict = Verdict::inconclusive;
        finding.why = say("it goes on, and has {} to go", duration_text(finding.at_least.value_or(0) - wall_s));
    } else if (finding.verdict == Verdict::fail) {
        finding.why = soak.end->gave_up
                          ? say("{}: it gave up ({})", finding.why, soak.end->why)
                          : say("{}: it ended before that, as was asked for. Ask for more: --for", finding.why);
    }
}

void judge_count(std::size_t found, const Sentence& first, Finding& finding)
{
    decide_exactly(finding, static_cast<double>(found));
    if (finding.verdict == Verdict::fail) {
        finding.why = first;
    }
}

Sentence first_of(const Soak& soak, bool (*is)(const SoakEvent&))
{
    const auto found = std::ranges::find_if(soak.events, is);
    return found == soak.events.end() ? Sentence() : say("the first is {}", found->what);
}

void judge_mtbf(const Target& target, const Soak& soak, Finding& finding)
{
    const double wall_s = soak.wall_s();
    const double confidence = target.confidence.value_or(soak.settings.confidence);
    if (wall_s <= 0) {
        finding.why = say("no step was made, so no time passed between failures. Look at the soak's log");
        return;
    }
    const std::size_t failures = interruptions(soak);
    const Interval bounds{.low = mtbf_at_least(wall_s, failures, confidence),
                          .high = mtbf_at_most(wall_s, failures, confidence)};
    finding.value.interval = bounds;
    if (failures > 0) {
        finding.value.estimate = wall_s / static_cast<double>(failures);
    }
    finding.verdict = verdict_of(bounds, finding.at_least, finding.at_most);
    const Sentence proved = say("{} with {} prove an MTBF of at least {} at {}", duration_text(wall_s),
                                interruptions_said(failures), written_numbers(finding).low, exact_percent(confidence));
    finding.basis = say("each bound at {}", exact_percent(confidence));
    finding.why = proved;
    if (finding.verdict == Verdict::inconclusive) {
        const double factor = finding.at_least.value_or(0) / bounds.low;
        finding.why = say("{}; {} without another one would prove {}", proved, duration_text(wall_s * factor),
                          duration_text(finding.at_least.value_or(0)));
    } else if (finding.verdict == Verdict::fail) {
        finding.why = say("{}; {}", missed_by(finding), proved);
    }
}

/// Times of all interruptions, by `part` of their time line; those that aren't over last to the last record.
std::vector<double> times_of(const Soak& soak, std::optional<double> (SoakEvent::*part)() const)
{
    std::vector<double> times;
    for (const SoakEvent& event : soak.events) {
        if (!event.interrupts() || event.cause == Cause::paused) {
            continue;
        }
        const auto time = (event.*part)();
        times.push_back(time ? *time : std::numeric_limits<double>::infinity());
    }
    std::ranges::sort(times);
    return times;
}

/// What is counted, as one and as many: keys of the catalogue.
struct Noun {
    std::string_view one, many;
};

Sentence counted(std::size_t count, const Noun& noun)
{
    return count_said(static_cast<long long>(count), noun.one, noun.many);
}

void judge_quantile(const Target& target, const Soak& soak, const std::vector<double>& times, const Noun& noun,
                    Finding& finding)
{
    const double q = target.quantile.value_or(usual_quantile);
    const double confidence = target.confidence.value_or(soak.settings.confidence);
    const double bound = finding.at_most.value_or(0);
    const std::size_t n = times.size();
    const auto misses = static_cast<std::size_t>(std::ranges::count_if(times, [&](double t) { return t > bound; }));
    const QuantileBounds ranks = quantile_bounds(n, q, confidence);
    finding.basis = say("{} quantile at {}, {} of {} within the bound", exact_percent(q), exact_percent(confidence),
                        n - misses, counted(n, noun));
    if (n > 0) {
        const double position = std::ceil(q * static_cast<double>(n) - 1e-9);
        const double at = times[static_cast<std::size_t>(std::max(position, 1.0)) - 1];
        if (std::isfinite(at)) {
            finding.value.estimate = at;
        }
    }
    const Interval interval{.low = ranks.below > 0 ? times[ranks.below - 1] : 0,
                            .high = ranks.above > 0 ? times[ranks.above - 1] : std::numeric_limits<double>::infinity()};
    if (ranks.below > 0 && ranks.above > 0) {
        finding.value.interval = interval;
    }
    finding.verdict = verdict_of(interval, std::nullopt, bound);
    const std::size_t needed = values_that_prove(q, confidence, misses);
    if (finding.verdict == Verdict::inconclusive) {
        const Sentence takes = misses == 0 ? say("{} without a miss", needed)
                                           : say("{} with {}", needed, counted(misses, {"{} miss", "{} misses"}));
        finding.why =
            say("{} of {} within {} prove nothing of {} in 100 at {}: it takes {}, so {} are lacking (inject faults, "
                "--until-recoveries {})",
                n - misses, counted(n, noun), duration_text(bound), fmt::format("{:g}", 100 * q),
                exact_percent(confidence), takes, needed > n ? needed - n : 0, needed);
    } else if (finding.verdict == Verdict::fail) {
        finding.why = say("{} of {} took longer than {}", misses, counted(n, noun), duration_text(bound));
    }
}

void judge_decay(const Soak& soak, Finding& finding)
{
    const auto trends = bandwidth_trends(soak);
    if (trends.empty()) {
        finding.why =
            say("no sweep measured a collective. Add one to the scenario's cases, and let --sweep-every be a time");
        return;
    }
    const auto reach = [](const BandwidthTrend& trend) {
        return trend.interval ? trend.interval->high : std::numeric_limits<double>::infinity();
    };
    const auto worst = std::ranges::max_element(trends, {}, reach);
    finding.at = worst->what;
    finding.basis =
        say("{} of the last day against {} of the first, {}", counted(worst->last, {"{} sweep", "{} sweeps"}),
            worst->first, counted(worst->changes.size(), {"{} change point", "{} change points"}));
    finding.value.estimate = worst->decay;
    finding.value.interval = worst->interval;
    if (!worst->interval) {
        finding.verdict = Verdict::inconclusive;
        finding.why =
            say("an interval takes 7 sweeps in the first and the last day. Let it go on, or sweep more often");
        return;
    }
    finding.verdict = verdict_of(*worst->interval, finding.at_least, finding.at_most);
    if (finding.verdict == Verdict::inconclusive) {
        finding.why = say("the bound lies within the interval. Sweep more often: --sweep-every");
    } else if (finding.verdict == Verdict::fail) {
        finding.why = missed_by(finding);
        if (!worst->changes.empty()) {
            finding.why =
                say("{}; it changed by {:+.1f} % after {}", finding.why, 100 * (worst->changes.front().ratio - 1),
                    duration_text(worst->changes.front().unix_s - soak.first_step_unix_s.value_or(0)));
        }
    }
}

void judge_wrong_data(const Soak& soak, Finding& finding)
{
    judge_count(wrong_data_events(soak),
                first_of(soak, [](const SoakEvent& e) { return e.cause == Cause::data_was_wrong; }), finding);
    if (finding.verdict == Verdict::pass && soak.verified == 0) {
        finding.verdict = Verdict::not_measured;
        finding.value.estimate.reset();
        finding.why = say("data was never verified. Write --verify-every 100");
    } else {
        finding.basis = say("verified {}", counted(soak.verified, {"{} time", "{} times"}));
    }
}

}  // namespace

Finding judge_soak(const Target& target, const Soak& soak, Finding blank)
{
    Finding finding = std::move(blank);
    finding.at = say("the whole soak");
    finding.ranks = 0;
    if (target.metric == Metric::effective_time_ratio) {
        judge_effective_time(soak, finding);
    } else if (target.metric == Metric::recovery_time) {
        judge_quantile(target, soak, times_of(soak, &SoakEvent::recovery_s), {"{} recovery", "{} recoveries"}, finding);
    } else if (target.metric == Metric::detection_time) {
        judge_quantile(target, soak, times_of(soak, &SoakEvent::detection_s), {"{} detection", "{} detections"},
                       finding);
    } else if (target.metric == Metric::mtbf) {
        judge_mtbf(target, soak, finding);
    } else if (target.metric == Metric::interruptions) {
        judge_count(interruptions(soak), first_of(soak, [](const SoakEvent& e) { return e.unplanned(); }), finding);
    } else if (target.metric == Metric::uptime) {
        judge_uptime(soak, finding);
    } else if (target.metric == Metric::bandwidth_decay) {
        judge_decay(soak, finding);
    } else if (target.metric == Metric::wrong_data_cases) {
        judge_wrong_data(soak, finding);
    } else {
        throw std::logic_error("no metric of a soak");
    }
    return finding;
}

Sentence no_soak_reason(Metric metric)
{
    return say("{} is of a soak, which this run is not. Measure it with plumbline endure", info(metric).name);
}

std::vector<Finding> soak_findings(const Soak& soak)
{
    std::vector<Finding> findings;
    const auto add = [&](std::string target, Verdict verdict, Sentence why) {
        Finding finding;
        finding.target = std::move(target);
        finding.at = say("the whole soak");
        finding.verdict = verdict;
        finding.why = std::move(why);
        findings.push_back(std::move(finding));
    };
    if (soak.end && soak.end->gave_up) {
        add("complete-soak", Verdict::fail, say("it gave up: {}", soak.end->why));
    } else if (!soak.complete()) {
        add("complete-soak", Verdict::not_measured,
            say("{} of {} are over. {}", duration_text(soak.wall_s()), duration_text(soak.settings.planned_s),
                soak.end ? say("Go on with endure --resume") : say("It goes on, or go on with endure --resume")));
    }
    if (const std::size_t wrong = wrong_data_events(soak); wrong > 0) {
        add("right-data", Verdict::fail,
            say("data was wrong {}, {}", counted(wrong, {"{} time", "{} times"}),
                first_of(soak, [](const SoakEvent& e) { return e.cause == Cause::data_was_wrong; })));
    }
    return findings;
}

}  // namespace plumbline
