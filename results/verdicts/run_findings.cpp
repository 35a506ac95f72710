// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/run_findings.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_summary.hpp"
#include "results/summaries/summarize.hpp"
#include "results/verdicts/case_count.hpp"
#include "results/verdicts/settle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

Finding incomplete_run()
{
    Finding finding;
    finding.target = "complete-run";
    finding.at = say("the whole run");
    finding.why = say("the run stopped before its plan was done (cases may be missing). Go on with --resume");
    return finding;
}

std::optional<Finding> wrong_data_run(const RunData& run)
{
    const auto is_wrong = [](const CaseSummary& c) { return has_wrong_data(c.header); };
    const auto first = std::ranges::find_if(run.cases, is_wrong);
    if (first == run.cases.end()) {
        return std::nullopt;
    }
    Finding finding;
    finding.target = "right-data";
    finding.at = say("the whole run");
    finding.verdict = Verdict::fail;
    std::vector<const CaseSummary*> all(run.cases.size());
    std::ranges::transform(run.cases, all.begin(), [](const CaseSummary& c) { return &c; });
    const Sentence elements = wrong_elements_text(all);
    finding.why = say("{}, the first is {}: {}",
                      elements.empty() ? say("{} of {} cases had wrong data",
                                             std::ranges::count_if(run.cases, is_wrong), run.cases.size())
                                       : say("{} of {} cases had wrong data ({})",
                                             std::ranges::count_if(run.cases, is_wrong), run.cases.size(), elements),
                      description(first->header.what), reason(first->header));
    return finding;
}

std::optional<Finding> unmeasured_run(const RunData& run)
{
    const auto has = [](CaseStatus status) { return [=](const CaseSummary& c) { return c.header.status == status; }; };
    const auto failed = std::ranges::count_if(run.cases, has(CaseStatus::failed));
    if (run.cases.empty() || (failed == 0 && std::ranges::any_of(run.cases, has(CaseStatus::measured)))) {
        return std::nullopt;
    }
    const auto first = failed > 0 ? std::ranges::find_if(run.cases, has(CaseStatus::failed)) : run.cases.begin();
    Finding finding;
    finding.target = "measured-run";
    finding.at = say("the whole run");
    finding.why = failed > 0 ? say("{} of {} cases failed, the first is {}: {}", failed, run.cases.size(),
                                   description(first->header.what), reason(first->header))
                             : say("no case was measured, the first is {}: {}", description(first->header.what),
                                   reason(first->header));
    return finding;
}

void decide_on_point(Finding& finding, const RunData& run)
{
    const auto found = std::find_if(run.cases.begin(), run.cases.end(),
                                    [&](const CaseSummary& c) { return c.header.id == finding.case_id; });
    const bool is_point = found != run.cases.end() && found->header.reported && !finding.value.interval;
    if (!is_point || !finding.value.estimate || finding.verdict != Verdict::inconclusive) {
        return;
    }
    const double value = *finding.value.estimate;
    finding.verdict = verdict_of({.low = value, .high = value}, finding.at_least, finding.at_most);
    finding.on_point_value = true;
    finding.why = say("judged on a point value ({}; no samples, no interval)", word(found->header.reported->estimator));
    if (const Sentence missed = finding.verdict == Verdict::fail ? missed_by(finding) : ""; !missed.empty()) {
        finding.why = say("{}, {}", finding.why, missed);
    }
}

RunData with_point_values(RunData run)
{
    for (CaseSummary& c : run.cases) {
        c = with_point_value(std::move(c));
    }
    return run;
}

Sentence stand_in_reason()
{
    return say("the library was a stand-in for tests, so nothing of the real one was measured. Run it on the real one");
}

void reject_fake_library(Judgement& judgement)
{
    if (judgement.findings.empty()) {
        Finding finding;
        finding.target = "real-library";
        finding.at = say("the whole run");
        judgement.findings.push_back(finding);
    }
    for (Finding& finding : judgement.findings) {
        if (finding.verdict == Verdict::not_measured && !finding.why.empty()) {
            continue;  // the real one would not help
        }
        finding.verdict = Verdict::not_measured;
        finding.why = stand_in_reason();
    }
}

}  // namespace plumbline
