// SPDX-License-Identifier: Apache-2.0
#include "results/report/explanations.hpp"

#include "results/verdicts/settle.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <algorithm>
#include <utility>

namespace plumbline::report {

std::vector<Explanation> explanations(const Judgement& judgement)
{
    const auto outcomes = target_outcomes(judgement);
    std::vector<Explanation> all;
    for (Explanation one : judgement.explanations) {
        const auto outcome = std::ranges::find(outcomes, one.target, &TargetOutcome::target);
        if (outcome != outcomes.end() && outcome->worst != nullptr) {
            const Finding& worst = *outcome->worst;
            one.says.insert(one.says.begin(), say("{} at {}: {}", measured_text(worst), worst.at, worst.why));
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
