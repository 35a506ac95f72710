// SPDX-License-Identifier: Apache-2.0
#include "harness/app/soak_commands.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "results/endurance/soak_files.hpp"
#include "results/printers/show.hpp"
#include "results/printers/soak.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/report/soak_page.hpp"
#include "results/store/store.hpp"
#include "results/verdicts/judge.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>

#include <memory>
#include <sstream>
#include <utility>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

RunMetadata described(const Soak& soak)
{
    RunMetadata info;
    info.name = soak.settings.name;
    info.confidence = soak.settings.confidence;
    return info;
}

}  // namespace

Judgement judge_soak_folder(const fs::path& folder, const std::string& targets_path)
{
    const auto soak = std::make_shared<const Soak>(load_soak(folder));
    const auto targets = targets_path.empty()
                             ? parse_targets(soak->settings.targets_text, journal_of(folder).string() + ": targets")
                             : load_targets(targets_path);
    const fs::path cases = folder / "run.h5";
    std::error_code error;
    if (fs::exists(cases, error)) {
        const RunFile file(cases.string());
        JudgementInput input = load_judgement_input(file, cases.string(), targets_path);
        input.targets = targets;
        input.measured.soak = soak;
        return judge_file(file, input);
    }
    RunData data;
    data.confidence = soak->settings.confidence;
    data.soak = soak;
    return judge(targets, data);
}

int check_soak(const CheckOptions& options)
{
    if (!options.reference.empty()) {
        throw ConfigError(
            say("{} is a soak (--reference holds a run's bandwidth against a published one). Name a run file",
                options.file));
    }
    const Judgement judgement =
        judge_soak_folder(options.file, options.targets.empty() ? "" : find_profile(options.targets));
    const RunMetadata info = described(load_soak(options.file));
    std::ostringstream text;
    if (options.format == "json") {
        check_json(text, info, judgement);
    } else if (options.format == "junit") {
        check_junit(text, info, judgement);
    } else {
        check_text(text, judgement, false, chosen_language(options.language));
    }
    if (!options.output.empty()) {
        write_document(
            {.path = options.output, .text = text.str(), .format = options.format, .inputs = {options.targets}});
    } else if (!options.quiet) {
        write_result(text.str());
    }
    return exit_status(judgement.verdict);
}

int show_soak(const ShowOptions& options)
{
    const Soak soak = load_soak(options.file);
    std::ostringstream text;
    if (options.format == "json") {
        show_soak_json(text, soak);
    } else if (options.format == "csv") {
        show_soak_csv(text, soak);
    } else if (options.format == "prometheus") {
        text << soak_prometheus_of(soak);
    } else if (options.format == "text") {
        show_soak_text(text, soak, chosen_language(options.language));
    } else {
        throw ConfigError(say("--format {} is of runs, and {} is a soak. Choose text, json, csv or prometheus",
                              options.format, options.file));
    }
    write_result(text.str());
    return 0;
}

int report_soak(const ReportOptions& options)
{
    if (options.files.size() > 1) {
        throw ConfigError(say("a soak has a page of its own (its report takes one folder). Name it alone"));
    }
    const fs::path folder = options.files.front();
    const Soak soak = load_soak(folder);
    const Judgement judgement = judge_soak_folder(folder, options.targets.empty() ? "" : find_profile(options.targets));
    const auto language = chosen_language(options.language);
    const std::string page = report::soak_page(soak, judgement, language);
    const fs::path named = folder.filename().empty() ? folder.parent_path() : folder;
    const std::string output = options.output.empty() ? named.filename().string() + ".html" : options.output;
    write_document({.path = output, .text = page, .format = "html", .inputs = {options.targets}});
    write_result(in(language, judgement.verdict ? say("wrote {} (verdict: {})", output, word(name(*judgement.verdict)))
                                                : say("wrote {} ({}: no targets)", output, word(not_judged))) +
                 "\n");
    return 0;
}

}  // namespace plumbline::app
