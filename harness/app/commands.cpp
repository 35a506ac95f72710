// SPDX-License-Identifier: Apache-2.0
#include "harness/app/commands.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/printers/show.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/contract.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/plan/preflight.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

/// A heat map of each case of pattern links.
void show_links(std::ostream& out, const RunFile& file)
{
    for (const CaseSummary& row : file.cases()) {
        if (pattern_info(row.header.what.pattern).probe == NetworkProbe::links &&
            row.header.status == CaseStatus::measured) {
            heat_map(out, file.info(), file.load(row.header.id));
        }
    }
}

}  // namespace

int check_command(const CheckOptions& options)
{
    const RunFile file(options.file);
    const JudgementInput asked =
        load_judgement_input(file, options.file, options.targets.empty() ? "" : find_profile(options.targets));
    const Judgement judgement = judge(asked.targets, asked.measured,
                                      options.allow_point_values ? PointEstimates::allow : PointEstimates::refuse);
    std::ostringstream text;
    if (options.format == "json") {
        check_json(text, file.info(), judgement);
    } else if (options.format == "junit") {
        check_junit(text, file.info(), judgement);
    } else {
        check_text(text, judgement, file.info().simulated);
    }
    if (!options.output.empty()) {
        write_document(options.output, text.str(), {options.file, options.targets});
    } else if (!options.quiet) {
        write_result(text.str());
    }
    return exit_status(judgement.verdict);
}

int show_command(const ShowOptions& options)
{
    const RunFile file(options.file);
    const RunData measured = file.measured();
    const auto scaling = scaling_table(measured);
    const auto algorithms = best_algorithms(measured, file.info());
    std::ostringstream text;
    if (options.format == "json") {
        show_json(text, file.info(), file.cases(), scaling, algorithms, file.complete());
    } else if (options.format == "csv") {
        show_csv(text, file.cases(), file.info());
    } else {
        show_text(text, file.info(), file.cases(), scaling, file.complete());
        algorithms_text(text, algorithms);
        show_machine(text, file.machine_states());
        show_links(text, file);
    }
    write_result(text.str());
    return 0;
}

namespace {

/// What the links that a document states say of its targets: warnings to stderr. Throws ConfigError for targets that
/// nothing over these links can meet, all of them at once.
void look_at_contract(const std::string& path, const TargetsDocument& document, std::optional<int> ranks)
{
    if (!document.links) {
        return;
    }
    std::vector<std::string> impossible;
    for (const ContractRemark& remark : judge_contract(document.targets, *document.links, ranks)) {
        const Target& target = document.targets.at(remark.target);
        const std::string place =
            fmt::format("{}:{}: target '{}'", path, document.lines.at(remark.target), target.name);
        if (remark.kind == ContractRemark::Kind::impossible) {
            impossible.push_back(
                fmt::format("{} can't be met over these links ({}). Ask for less, or state the links "
                            "that there will be",
                            place, remark.text));
        } else {
            std::cerr << fmt::format(
                "plumbline: warning: {} {}: {}\n", place,
                remark.kind == ContractRemark::Kind::ambitious ? "asks for much" : "is not held against the links",
                remark.text);
        }
    }
    if (!impossible.empty()) {
        throw ConfigError(fmt::format("{}", fmt::join(impossible, "\nplumbline: ")));
    }
}

int validate_profile(const std::string& path, const ValidateOptions& options)
{
    if (!options.overrides.empty()) {
        throw ConfigError(
            fmt::format("{} is a profile (--set changes scenarios alone). Leave it out", options.scenario));
    }
    const TargetsDocument document = load_targets_document(path);
    look_at_contract(path, document, options.ranks);
    write_result(fmt::format("{}: valid profile ({} targets; 'check --targets' takes it)\n", options.scenario,
                             document.targets.size()));
    return 0;
}

}  // namespace

int validate_command(const ValidateOptions& options)
{
    const std::string path = find_scenario_or_profile(options.scenario);
    if (is_profile(path)) {
        return validate_profile(path, options);
    }
    const Scenario scenario = load_scenario(path, options.overrides);
    const std::vector<std::string> problems = preflight_problems(scenario, options.ranks);
    if (!problems.empty()) {
        throw ConfigError(fmt::format("{}", fmt::join(problems, "\nplumbline: ")));
    }
    look_at_contract(path, {.targets = scenario.targets, .links = scenario.links, .lines = scenario.target_lines},
                     options.ranks);
    write_result(fmt::format("{}: valid ({} case entries, {} targets)\n", options.scenario, scenario.cases.size(),
                             scenario.targets.size()));
    return 0;
}

}  // namespace plumbline::app
