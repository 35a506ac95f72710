// SPDX-License-Identifier: Apache-2.0
#include "harness/app/soak_commands.hpp"

#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/document/print_page.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "results/endurance/journal.hpp"
#include "results/endurance/soak_files.hpp"
#include "results/files/temporary_file.hpp"
#include "results/files/writer_lock.hpp"
#include "results/printers/show.hpp"
#include "results/printers/soak.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/report/soak_page.hpp"
#include "results/store/soak_file.hpp"
#include "results/store/store.hpp"
#include "results/summaries/summarize.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline::app {

namespace fs = std::filesystem;

namespace {

fs::path soak_file_of(const fs::path& folder)
{
    return folder / "soak.h5";
}

void say_on_stderr(const std::string& line)
{
    std::cerr << "plumbline: " << line << '\n';
}

/// Whether FOLDER/soak.h5 holds all that the journal says.
bool is_folded(const fs::path& folder, std::string_view journal)
{
    if (!is_run_file(soak_file_of(folder))) {
        return false;
    }
    try {
        return RunFile(soak_file_of(folder)).soak_journal() == journal;
    } catch (const ConfigError&) {
        return false;
    }
}

enum class Folded : std::uint8_t { yes, supervised };

/// Folds a soak whose supervisor was killed before it could.
Folded fold_where_due(const fs::path& folder)
{
    const std::string text = journal_text(folder);
    const JournalExtent extent = scan_journal(text, journal_of(folder).string(), [](const JournalRecord&) {});
    if (is_folded(folder, std::string_view(text).substr(0, extent.whole_bytes))) {
        return Folded::yes;
    }
    try {
        const files::WriterLock lock(journal_of(folder));
        fold_soak(folder);
        return Folded::yes;
    } catch (const files::LockedError&) {
        return Folded::supervised;
    }
}

/// The same where the journal itself is read next: what is in the way of the file is no more than a warning then.
void try_to_fold(const fs::path& folder)
{
    try {
        fold_where_due(folder);
    } catch (const ConfigError& error) {
        say_on_stderr(fmt::format("warning: {} is not up to date ({})", soak_file_of(folder).string(), error.what()));
    }
}

RunMetadata described(const Soak& soak)
{
    RunMetadata info;
    info.name = soak.settings.name;
    info.confidence = soak.settings.confidence;
    return info;
}

}  // namespace

void fold_soak(const fs::path& folder)
{
    const files::HeldSignals whole;
    write_soak_file(soak_file_of(folder), journal_text(folder), {.scaling = scaling_table, .notice = say_on_stderr});
}

std::string run_file_of(const std::string& path)
{
    if (!is_soak(path)) {
        return path;
    }
    if (fold_where_due(path) == Folded::supervised) {
        throw ConfigError(
            say("{} goes on (its run file is written when it ends). Look at it with plumbline show, check or report",
                path));
    }
    return soak_file_of(path).string();
}

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
    data.fake_library = soak->fake_library;
    for (CaseHeader& header : swept_cases(*soak)) {
        data.cases.push_back(summarize({.header = std::move(header), .rounds = {}}, data.confidence));
    }
    return judge(targets, data);
}

int check_soak(const CheckOptions& options)
{
    if (!options.reference.empty()) {
        throw ConfigError(
            say("{} is a soak (--reference holds a run's bandwidth against a published one). Name a run file",
                options.file));
    }
    try_to_fold(options.file);
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
    try_to_fold(options.file);
    return show_soak_file(options, load_soak(options.file));
}

int show_soak_file(const ShowOptions& options, const Soak& soak)
{
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
    try_to_fold(folder);
    return report_soak_file(options, load_soak(folder),
                            judge_soak_folder(folder, options.targets.empty() ? "" : find_profile(options.targets)));
}

int report_soak_file(const ReportOptions& options, const Soak& soak, const Judgement& judgement)
{
    if (options.files.size() > 1) {
        throw ConfigError(say("a soak has a page of its own (its report takes one folder). Name it alone"));
    }
    if (options.format != "html" && options.format != "pdf") {
        throw ConfigError(
            say("--format {} is of runs, and {} is a soak. Choose html or pdf", options.format, options.files.front()));
    }
    const fs::path named(options.files.front());
    const fs::path last = named.filename().empty() ? named.parent_path() : named;
    const std::string page = report::soak_page(soak, judgement, chosen_language(options.language));
    const std::string stem = fs::is_directory(last) ? last.filename().string() : last.stem().string();
    const std::string output = options.output.empty() ? fmt::format("{}.{}", stem, options.format) : options.output;
    write_document({.path = output,
                    .text = options.format == "pdf" ? printed_as_pdf(page) : page,
                    .format = options.format,
                    .inputs = {options.targets, options.files.front()}});
    const Language language = chosen_language(options.language);
    write_result(in(language, judgement.verdict ? say("wrote {} (verdict: {})", output, word(name(*judgement.verdict)))
                                                : say("wrote {} ({}: no targets)", output, word(not_judged))) +
                 "\n");
    return 0;
}

}  // namespace plumbline::app
