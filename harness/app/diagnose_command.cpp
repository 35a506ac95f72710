// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "results/report/diagnosis_output.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

DiagnoseRules rules_of(const DiagnoseOptions& options, const RunMetadata& info)
{
    DiagnoseRules rules;
    rules.confidence = info.confidence;
    if (!options.floor.empty()) {
        rules.floor_bytes_per_s = parse_bandwidth(options.floor);
        if (!rules.floor_bytes_per_s) {
            throw ConfigError(
                say("--floor '{}' is not a rate (a number with a unit is wanted). Write for example 20GB/s",
                    options.floor));
        }
    }
    return rules;
}

bool has_samples(const RunFile& file)
{
    return std::ranges::any_of(file.cases(), [](const CaseSummary& row) {
        return row.header.status == CaseStatus::measured && row.samples > 0;
    });
}

/// One for each of the cases of links; "" for those of bisect, which have no matrix.
std::vector<std::string> heat_maps(const RunFile& file, const FileDiagnosis& diagnosis, Language language)
{
    std::vector<std::string> all;
    for (const CaseDiagnosis& row : diagnosis.links) {
        std::ostringstream map;
        if (pattern_info(row.header.what.pattern).probe == NetworkProbe::links) {
            heat_map(map, file.info(), file.load(row.header.id), language);
        }
        all.push_back(map.str());
    }
    return all;
}

}  // namespace

int diagnose_command(const DiagnoseOptions& options)
{
    const RunFile file(options.file);
    const DiagnoseRules rules = rules_of(options, file.info());
    if (!has_samples(file)) {
        throw ConfigError(
            say("{}: there is nothing to diagnose (it has no samples of a measured case). "
                "Run a scenario, such as links",
                options.file));
    }
    const FileDiagnosis diagnosis = diagnose_file(file, rules);
    std::ostringstream text;
    if (options.format == "json") {
        diagnosis_json(text, file.info(), diagnosis);
    } else if (options.format == "junit") {
        report::diagnosis_junit(text, file.info(), diagnosis);
    } else if (options.format == "html") {
        const Language language = chosen_language(options.language);
        text << report::diagnosis_page(file.info(), diagnosis, heat_maps(file, diagnosis, language), language);
    } else {
        diagnosis_text(text, file.info(), diagnosis);
    }
    if (!options.output.empty()) {
        write_document(
            {.path = options.output, .text = text.str(), .format = options.format, .inputs = {options.file}});
    } else {
        write_result(text.str());
    }
    return options.fail && !named_components(file.info(), diagnosis).empty() ? 1 : 0;
}

}  // namespace plumbline::app
