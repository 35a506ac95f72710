#include "collectives/error.hpp"
#include "collectives/units.hpp"
#include "harness/app/commands.hpp"
#include "results/show_diagnosis.hpp"
#include "results/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

/// Node of each rank of a case.
RankNodes nodes_of(const RunInfo& info, const CaseHeader& header)
{
    std::vector<int> nodes;
    for (const int rank : header.world_ranks) {
        const auto place = static_cast<std::size_t>(rank);
        nodes.push_back(place < info.places.size() ? info.places[place].node : 0);
    }
    return RankNodes(nodes);
}

DiagnoseRules rules_of(const DiagnoseOptions& options, const RunInfo& info)
{
    DiagnoseRules rules;
    rules.confidence = info.confidence;
    if (!options.floor.empty()) {
        rules.floor_bytes_per_s = parse_bandwidth(options.floor);
        if (!rules.floor_bytes_per_s) {
            throw ConfigError(fmt::format(
                "--floor '{}' is no rate (a number with a unit is wanted). Write for example 20GB/s", options.floor));
        }
    }
    return rules;
}

FileDiagnosis diagnose_file(const RunFile& file, const DiagnoseRules& rules)
{
    FileDiagnosis diagnosis;
    std::vector<GuidelineCase> cases;
    StragglerSearch stragglers({.confidence = rules.confidence, .false_names = rules.false_names});
    for (const CaseSummary& row : file.cases()) {
        if (row.header.status != CaseStatus::measured) {
            continue;
        }
        const CaseRecord record = file.load(row.header.id);
        if (row.header.what.pattern == "links") {
            const LinkSurvey survey = survey_of(record, nodes_of(file.info(), record.header));
            diagnosis.links.push_back(
                {record.header, diagnose(survey, {file.info().hosts, record.header.world_ranks}, rules)});
        }
        stragglers.add(record);
        cases.push_back(guideline_case(record));
    }
    diagnosis.ranks = stragglers.report();
    diagnosis.guidelines = check_guidelines(cases, {.confidence = rules.confidence, .false_names = rules.false_names});
    return diagnosis;
}

bool has_samples(const RunFile& file)
{
    return std::ranges::any_of(file.cases(), [](const CaseSummary& row) {
        return row.header.status == CaseStatus::measured && row.samples > 0;
    });
}

}  // namespace

int diagnose_command(const DiagnoseOptions& options)
{
    const RunFile file(options.file);
    const DiagnoseRules rules = rules_of(options, file.info());
    if (!has_samples(file)) {
        throw ConfigError(
            fmt::format("{}: there is nothing to diagnose (it has no samples of a measured case). "
                        "Run a scenario, such as links",
                        options.file));
    }
    const FileDiagnosis diagnosis = diagnose_file(file, rules);
    std::ostringstream text;
    if (options.format == "json") {
        diagnosis_json(text, file.info(), diagnosis);
    } else {
        diagnosis_text(text, file.info(), diagnosis);
    }
    std::cout << text.str() << std::flush;
    if (!std::cout) {
        throw StoreError("stdout can't be written (closed or full)");
    }
    return 0;
}

}  // namespace plumbline::app
