// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <iostream>
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
    } else {
        std::ostringstream english;
        diagnosis_text(english, file.info(), diagnosis);
        text << lines_in(chosen_language(options.language), english.str());
    }
    std::cout << text.str() << std::flush;
    if (!std::cout) {
        throw StoreError(say("stdout can't be written (closed or full)"));
    }
    return options.fail && !named_components(file.info(), diagnosis).empty() ? 1 : 0;
}

}  // namespace plumbline::app
