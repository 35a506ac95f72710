// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/document/print_page.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "harness/app/soak_commands.hpp"
#include "results/endurance/soak_files.hpp"
#include "results/report/page.hpp"
#include "results/report/report_data.hpp"
#include "results/report/targets_table.hpp"
#include "results/store/store.hpp"
#include "results/util/sha256.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/scaling.hpp"
#include "scenarios/yaml/acceptance.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

/// What the scenario, the targets and a file of its own say of the acceptance; the later ones outweigh the earlier.
Acceptance acceptance_of(const RunFile& file, const std::string& targets_path, const std::string& about)
{
    Acceptance all = parse_acceptance(file.info().scenario_text, "/scenario");
    if (!targets_path.empty()) {
        all = combined(std::move(all), load_targets_document(targets_path).acceptance);
    }
    return about.empty() ? all : combined(std::move(all), load_acceptance(about));
}

/// Only the picture of single links shows single samples.
CaseRecord pictured_case(const RunFile& file, int id)
{
    const auto row = std::ranges::find(file.cases(), id, [](const CaseSummary& one) { return one.header.id; });
    const bool of_links =
        row != file.cases().end() && pattern_info(row->header.what.pattern).probe == NetworkProbe::links;
    return of_links ? file.load(id) : file.load_reduced(id);
}

report::ReportedRun reported(const RunFile& file, const std::filesystem::path& path, const std::string& targets_path,
                             const std::string& about)
{
    const JudgementInput asked = load_judgement_input(file, path.string(), targets_path);
    return {.file = path.filename().string(),
            .file_bytes = std::filesystem::file_size(path),
            .sha256 = report::sha256_of_file(path),
            .info = file.info(),
            .complete = file.complete(),
            .cases = file.cases(),
            .scaling = scaling_table(asked.measured),
            .judgement = judge_file(file, asked),
            .ideals = ideal_times(asked.measured),
            .probes = file.probes(),
            .acceptance = acceptance_of(file, targets_path, about),
            .machine_states = describe_states(file.machine_states()),
            .load = [&file](int id) { return pictured_case(file, id); }};
}

std::string as_document(std::span<const report::ReportedRun> runs, Language language, const std::string& title,
                        const std::string& format)
{
    if (format == "csv") {
        return report::targets_csv(runs, language);
    }
    if (format == "md") {
        return report::report_markdown(runs, language);
    }
    const std::string page = report::html_page(language, title, report::report_data(runs, language));
    return format == "pdf" ? printed_as_pdf(page) : page;
}

}  // namespace

int report_command(const ReportOptions& options)
{
    if (std::ranges::any_of(options.files, [](const std::string& file) { return is_soak(file); })) {
        return report_soak(options);
    }
    std::vector<RunFile> files;
    for (const std::string& path : options.files) {
        files.emplace_back(path);
    }
    const std::string targets_path = options.targets.empty() ? "" : find_profile(options.targets);
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (files[i].soak()) {
            const JudgementInput asked = load_judgement_input(files[i], options.files[i], targets_path);
            return report_soak_file(options, *files[i].soak(), judge_file(files[i], asked));
        }
    }
    std::vector<report::ReportedRun> runs;
    for (std::size_t i = 0; i < files.size(); ++i) {
        runs.push_back(reported(files[i], options.files[i], targets_path, options.about));
    }
    const auto language = chosen_language(options.language);
    const std::string title = fmt::format("plumbline: {}", runs.front().info.name);
    const std::string output =
        options.output.empty()
            ? fmt::format("{}.{}", std::filesystem::path(options.files.front()).stem().string(), options.format)
            : options.output;
    write_document({.path = output,
                    .text = as_document(runs, language, title, options.format),
                    .format = options.format,
                    .inputs = options.files});
    const auto verdict = report::verdict_of_all(runs);
    const auto without = std::ranges::count_if(runs, [](const auto& run) { return !run.judgement.verdict; });
    const Sentence rest =
        verdict && without > 0 ? say("; {} of {} runs have no targets", without, runs.size()) : Sentence();
    const Sentence said = verdict ? say("wrote {} (verdict: {}{})", output, word(name(*verdict)), rest)
                                  : say("wrote {} ({}: no targets)", output, word(not_judged));
    write_result(in(language, said) + "\n");
    return 0;
}

}  // namespace plumbline::app
