// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/diagnose_file.hpp"

#include "collectives/patterns/pattern.hpp"
#include "results/diagnosis/bisect_diagnosis.hpp"
#include "results/diagnosis/guidelines.hpp"
#include "results/diagnosis/stragglers.hpp"

#include <cstddef>
#include <optional>
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

/// The case with reduced() rounds, where the digests of these show that no rank is slow in it; else nothing, and
/// `stragglers` has nothing of it.
std::optional<CaseRecord> by_digests(const RunFile& file, const CaseHeader& header, StragglerSearch& stragglers)
{
    auto digests = file.digests(header.id);
    CaseRecord record{.header = header, .rounds = {}};
    record.header.world_ranks = file.world_ranks(header.id);
    if (!digests || digests->empty() || !stragglers.add(record.header, *digests)) {
        return std::nullopt;
    }
    for (RoundDigest& digest : *digests) {
        record.rounds.push_back(std::move(digest.reduced));
    }
    return record;
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
        const auto probe = pattern_info(row.header.what.pattern).probe;
        if (auto healthy = by_digests(file, row.header, stragglers)) {
            cases.push_back(guideline_case(file.keep_one_state(*std::move(healthy))));
            continue;
        }
        CaseRecord record = file.load(row.header.id);
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
