// SPDX-License-Identifier: Apache-2.0
#include "harness/app/commands.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/references.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/app/soak_commands.hpp"
#include "results/endurance/soak_files.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/printers/expectations.hpp"
#include "results/printers/nccl_table.hpp"
#include "results/printers/references.hpp"
#include "results/printers/show.hpp"
#include "results/records/case_header.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/contract.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/link_rates.hpp"
#include "results/verdicts/scaling.hpp"
#include "results/verdicts/verdict.hpp"
#include "results/verdicts/written_numbers.hpp"
#include "scenarios/plan/preflight.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iostream>
#include <optional>
#include <ostream>
#include <span>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

/// A heat map of each case of pattern links.
void show_links(std::ostream& out, const RunFile& file, Language language)
{
    for (const CaseSummary& row : file.cases()) {
        if (pattern_info(row.header.what.pattern).probe == NetworkProbe::links &&
            row.header.status == CaseStatus::measured) {
            heat_map(out, file.info(), file.load(row.header.id), language);
        }
    }
}

}  // namespace

namespace {

/// The first device of a run; "" on hosts. Nothing for what was imported: no log's devices are kept.
std::optional<std::string> device_of(const RunFile& file)
{
    if (std::ranges::any_of(file.cases(), [](const CaseSummary& c) { return c.header.reported.has_value(); })) {
        return std::nullopt;
    }
    const auto& places = file.info().places;
    const auto with_device = std::ranges::find_if(places, [](const auto& p) { return !p.device.empty(); });
    return with_device == places.end() ? "" : with_device->device;
}

/// "a; b".
Sentence semicolons(const std::vector<Sentence>& parts)
{
    Sentence all;
    for (const Sentence& part : parts) {
        all = all.empty() ? part : say("{}; {}", all, part);
    }
    return all;
}

/// Throws ConfigError where no case is like the published one.
std::string held_against_reference(const RunFile& file, const CheckOptions& options)
{
    if (options.format != "text") {
        throw ConfigError(
            say("--format {} does not apply to --reference (it is no verdict). Leave it out", options.format));
    }
    const PublishedValue value = find_reference(options.reference, options.references);
    if (file.info().simulated || file.info().fake_library) {
        throw ConfigError(
            say("{} can't be held against {} (it is {}, and a published value is of real "
                "machines). Measure on the machine",
                options.file, value.name, file.info().simulated ? say("simulated") : say("of a stand-in")));
    }
    const auto found = find_like(value, file.cases(), device_of(file));
    if (found.measured == nullptr) {
        throw ConfigError(say("{} can't be held against {} ({}). Measure {} {} on {}", options.file, value.name,
                              semicolons(found.differences), value.pattern, value.dtype, conditions_of(value)));
    }
    const Language language = chosen_language(options.language);
    const Sentence unknown = say("the log's device is not known; published is {}", value.device);
    return reference_text(value, *found.measured, language) +
           (device_of(file) ? "" : "  " + in(language, unknown) + "\n");
}

}  // namespace

int check_command(const CheckOptions& options)
{
    if (is_soak(options.file)) {
        return check_soak(options);
    }
    const RunFile file(options.file);
    if (!options.reference.empty()) {
        const std::string text = held_against_reference(file, options);
        if (!options.output.empty()) {
            write_document({.path = options.output, .text = text, .format = "text", .inputs = {options.file}});
        } else if (!options.quiet) {
            write_result(text);
        }
        return 0;
    }
    const JudgementInput asked =
        load_judgement_input(file, options.file, options.targets.empty() ? "" : find_profile(options.targets));
    const Judgement judgement =
        judge_file(file, asked, options.allow_point_values ? PointEstimates::allow : PointEstimates::refuse);
    std::ostringstream text;
    if (options.format == "json") {
        check_json(text, file.info(), judgement);
    } else if (options.format == "junit") {
        check_junit(text, file.info(), judgement);
    } else {
        check_text(text, judgement, file.info().simulated, chosen_language(options.language));
    }
    if (!options.output.empty()) {
        write_document({.path = options.output,
                        .text = text.str(),
                        .format = options.format,
                        .inputs = {options.file, options.targets}});
    } else if (!options.quiet) {
        write_result(text.str());
    }
    return exit_status(judgement.verdict);
}

namespace {

/// Nothing also for a scenario that this program can't read: the table of a file doesn't depend on it, and `check` says
/// what is wrong with it.
std::optional<Links> stated_links(const RunMetadata& info)
{
    try {
        return parse_links(info.scenario_text, "scenario");
    } catch (const ConfigError&) {
        return std::nullopt;
    }
}

}  // namespace

int show_command(const ShowOptions& options)
{
    if (is_soak(options.file)) {
        return show_soak(options);
    }
    const RunFile file(options.file);
    if (file.soak()) {
        return show_soak_file(options, *file.soak());
    }
    if (options.format == "prometheus") {
        throw ConfigError(
            say("--format prometheus is of a soak, which {} is none of. Choose another format", options.file));
    }
    RunData measured = file.measured();
    measured.links = stated_links(file.info());
    const IdealTimes ideals = ideal_times(measured);
    const auto scaling = scaling_table(measured);
    const auto algorithms = best_algorithms(measured, file.info());
    std::ostringstream text;
    if (options.format == "json") {
        show_json(text, file.info(), file.cases(), scaling, algorithms, file.complete(),
                  expectations_json(file.cases(), ideals));
    } else if (options.format == "csv") {
        show_csv(text, file.cases(), file.info());
    } else if (options.format == "nccl-tests") {
        show_nccl_tables(text, file.info(), measured);
    } else {
        const Language language = chosen_language(options.language);
        show_text(text, file.info(), file.cases(), scaling, file.complete(), language);
        expectations_text(text, file.cases(), ideals, language);
        algorithms_text(text, algorithms, language);
        show_machine(text, file.machine_states(), language);
        show_links(text, file, language);
    }
    write_result(text.str());
    return 0;
}

namespace {

/// What the links that a document states say of its targets: warnings to stderr. Throws ConfigError for targets that
/// nothing over these links can meet, all of them at once.
void look_at_contract(const std::string& path, const TargetsDocument& document, std::optional<int> ranks,
                      Language language)
{
    if (!document.links) {
        return;
    }
    std::vector<Sentence> impossible;
    for (const ContractRemark& remark : judge_contract(document.targets, *document.links, ranks)) {
        const Target& target = document.targets.at(remark.target);
        const Sentence place = say("{}:{}: target '{}'", path, document.lines.at(remark.target), verbatim(target.name));
        if (remark.kind == ContractRemark::Kind::impossible) {
            impossible.push_back(
                say("{} can't be met over these links ({}). Ask for less, or state the links "
                    "that there will be",
                    place, remark.text));
        } else {
            const Sentence warning = remark.kind == ContractRemark::Kind::ambitious
                                         ? say("{} asks for much: {}", place, remark.text)
                                         : say("{} is not held against the links: {}", place, remark.text);
            std::cerr << "plumbline: " << in(language, say("warning: {}", warning)) << '\n';
        }
    }
    if (!impossible.empty()) {
        throw ConfigError(problems_said(impossible));
    }
}

/// Throws ConfigError for targets that nothing can meet; doubts are warnings on stderr.
void look_at_targets(const std::string& path, const TargetsDocument& document, Language language)
{
    const auto problems = target_problems(document.targets, document.lines, path);
    if (!problems.empty()) {
        throw ConfigError(problems_said(std::vector<Sentence>(problems.begin(), problems.end())));
    }
    for (const Sentence& doubt : target_doubts(document.targets, document.lines, path)) {
        std::cerr << "plumbline: " << in(language, say("warning: {}", doubt)) << '\n';
    }
}

/// A line a target: as it was read.
std::string targets_as_read(std::span<const Target> targets, Language language)
{
    std::string lines;
    for (const Target& target : targets) {
        lines += fmt::format("  {}\n",
                             in(language, say("{}: {}", verbatim(text::printable(target.name)), target_text(target))));
    }
    return lines;
}

bool is_compact(const ScaleSpec& scale)
{
    return scale.placement == Placement::compact;
}

Sentence targets_counted(std::size_t targets)
{
    return targets == 1 ? say("1 target") : say("{} targets", targets);
}

int validate_profile(const std::string& path, const ValidateOptions& options)
{
    if (!options.overrides.empty()) {
        throw ConfigError(say("{} is a profile (--set changes scenarios alone). Leave it out", options.scenario));
    }
    const TargetsDocument document = load_targets_document(path);
    look_at_targets(path, document, chosen_language(options.language));
    look_at_contract(path, document, options.ranks, chosen_language(options.language));
    write_result(
        in(chosen_language(options.language), say("{}: valid profile ({}; 'check --targets' takes it)",
                                                  options.scenario, targets_counted(document.targets.size()))) +
        "\n" + targets_as_read(document.targets, chosen_language(options.language)));
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
    const std::vector<Sentence> problems = preflight_problems(scenario, options.ranks);
    if (!problems.empty()) {
        throw ConfigError(problems_said(problems));
    }
    const bool compact = is_compact(scenario.scale) && std::ranges::all_of(scenario.cases, [](const CaseEntry& entry) {
                             return !entry.scale || is_compact(*entry.scale);
                         });
    const TargetsDocument document{
        .targets = scenario.targets, .links = scenario.links, .lines = scenario.target_lines};
    look_at_targets(path, document, chosen_language(options.language));
    if (compact) {
        look_at_contract(path, document, options.ranks, chosen_language(options.language));
    } else if (scenario.links && !scenario.targets.empty()) {
        const Sentence warning = say(
            "{}: its targets are not held against the links (what ranks that aren't placed compactly can reach is not "
            "worked out)",
            path);
        std::cerr << "plumbline: " << in(chosen_language(options.language), say("warning: {}", warning)) << '\n';
    }
    const Sentence entries =
        scenario.cases.size() == 1 ? say("1 case entry") : say("{} case entries", scenario.cases.size());
    write_result(in(chosen_language(options.language),
                    say("{}: valid ({}, {})", options.scenario, entries, targets_counted(scenario.targets.size()))) +
                 "\n" + targets_as_read(scenario.targets, chosen_language(options.language)));
    return 0;
}

}  // namespace plumbline::app
