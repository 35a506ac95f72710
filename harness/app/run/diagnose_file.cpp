// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/diagnose_file.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/diagnosis/bisect_diagnosis.hpp"
#include "results/diagnosis/guidelines.hpp"
#include "results/diagnosis/stragglers.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

/// Node of each rank of a case.
RankNodes nodes_of(const RunMetadata& info, const CaseHeader& header)
{
    std::vector<int> nodes;
    for (const int rank : header.world_ranks) {
        const auto place = static_cast<std::size_t>(rank);
        nodes.push_back(place < info.places.size() ? info.places[place].node : 0);
    }
    return RankNodes(nodes);
}

}  // namespace

FileDiagnosis diagnose_file(const RunFile& file, const DiagnoseRules& rules)
{
    FileDiagnosis diagnosis;
    std::vector<GuidelineCase> cases;
    StragglerSearch stragglers({.confidence = rules.confidence, .false_names = rules.false_names});
    for (const CaseSummary& row : file.cases()) {
        if (row.header.status != CaseStatus::measured) {
            continue;
        }
        CaseRecord record = file.load(row.header.id);
        const auto probe = pattern_info(row.header.what.pattern).probe;
        if (probe == NetworkProbe::links) {
            const PairwiseSamples survey = pairwise_samples_of(record, nodes_of(file.info(), record.header));
            diagnosis.links.push_back(
                {record.header, diagnose(survey, {file.info().hosts, record.header.world_ranks}, rules)});
        }
        if (probe == NetworkProbe::bisect) {
            diagnosis.links.push_back(
                {record.header, diagnose_bisect(record, nodes_of(file.info(), record.header),
                                                {file.info().hosts, record.header.world_ranks}, rules)});
        }
        stragglers.add(record);
        cases.push_back(guideline_case(file.keep_one_state(std::move(record))));
    }
    diagnosis.ranks = stragglers.report();
    diagnosis.guidelines = check_guidelines(cases, {.confidence = rules.confidence, .false_names = rules.false_names});
    return diagnosis;
}

}  // namespace plumbline::app
