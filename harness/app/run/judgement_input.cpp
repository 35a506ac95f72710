// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/judgement_input.hpp"

#include "collectives/patterns/pattern.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "results/explanation/explain.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/summaries/disturbances.hpp"
#include "results/verdicts/causes.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace plumbline::app {

namespace {

std::vector<SlowPart> slow_parts(const RunFile& file)
{
    const auto& places = file.info().places;
    DiagnoseRules rules;
    rules.confidence = file.info().confidence;
    std::vector<SlowPart> slow;
    for (const CaseDiagnosis& row : diagnose_file(file, rules).links) {
        for (const SlowComponent& found : row.diagnosis.findings) {
            SlowPart part{.what = say("{} ({})", found.name, change_said(found, row.header.what.bytes)),
                          .nodes = found.members,
                          .needs_all = found.kind == ComponentKind::link};
            for (int& member : part.nodes) {
                const auto rank = static_cast<std::size_t>(member);
                member = found.of_ranks && rank < places.size() ? places[rank].node : member;
            }
            slow.push_back(std::move(part));
        }
    }
    return slow;
}

bool has_survey(const RunFile& file)
{
    return std::ranges::any_of(file.cases(), [](const CaseSummary& row) {
        const auto probe = pattern_info(row.header.what.pattern).probe;
        return row.header.status == CaseStatus::measured &&
               (probe == NetworkProbe::links || probe == NetworkProbe::bisect);
    });
}

}  // namespace

JudgementInput load_judgement_input(const RunFile& file, const std::string& path, const std::string& targets_path)
{
    const RunMetadata& info = file.info();
    TargetsDocument document =
        targets_path.empty() ? TargetsDocument{parse_targets(info.targets_text, path + ": /targets"), std::nullopt}
                             : load_targets_document(targets_path);
    JudgementInput input{.targets = std::move(document.targets), .measured = file.measured()};
    input.measured.links = parse_links(info.scenario_text, path + ": /scenario");
    if (document.links) {
        input.measured.links = document.links;  // a contract that states the links' rates is judged by them
    }
    return input;
}

Judgement judge_file(const RunFile& file, const JudgementInput& input, PointEstimates points)
{
    Judgement judgement = judge(input.targets, input.measured, points);
    judgement.explanations = explain(judgement, input.targets, input.measured);
    for (Explanation& one : judgement.explanations) {
        if (one.case_id >= 0 && !file.info().simulated && !is_imported(file.info())) {
            const CaseRecord record = file.load_reduced(one.case_id);
            one.says.push_back(meanwhile_said(disturbances_of(record, file.info().confidence, {})));
        }
    }
    const bool fails = std::ranges::any_of(judgement.findings, [](const Finding& finding) {
        return finding.verdict == Verdict::fail && finding.case_id >= 0;
    });
    if (fails && has_survey(file)) {
        name_slow_parts(judgement, input.measured, slow_parts(file));
    }
    return judgement;
}

}  // namespace plumbline::app
