#include "collectives/error.hpp"
#include "collectives/units.hpp"
#include "harness/app/commands.hpp"
#include "results/show_diagnosis.hpp"
#include "results/store.hpp"

#include <fmt/format.h>
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

}  // namespace

int diagnose_command(const DiagnoseOptions& options)
{
    const RunFile file(options.file);
    const DiagnoseRules rules = rules_of(options, file.info());
    std::vector<CaseDiagnosis> cases;
    for (const CaseSummary& row : file.cases()) {
        if (row.header.what.pattern != "links" || row.header.status != CaseStatus::measured) {
            continue;
        }
        const CaseRecord record = file.load(row.header.id);
        const LinkSurvey survey = survey_of(record, nodes_of(file.info(), record.header));
        cases.push_back({record.header, diagnose(survey, {file.info().hosts, record.header.world_ranks}, rules)});
    }
    if (cases.empty()) {
        throw ConfigError(
            fmt::format("{}: has no link data (no case of pattern links was measured). "
                        "Measure one, such as scenario links",
                        options.file));
    }
    std::ostringstream text;
    if (options.format == "json") {
        diagnosis_json(text, file.info(), cases);
    } else {
        diagnosis_text(text, file.info(), cases);
    }
    std::cout << text.str() << std::flush;
    if (!std::cout) {
        throw StoreError("stdout can't be written (closed or full)");
    }
    return 0;
}

}  // namespace plumbline::app
