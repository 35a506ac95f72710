// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/admit/admit.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "harness/endure/job_process.hpp"
#include "results/report/admission_output.hpp"
#include "results/report/diagnosis_output.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/verdict.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <filesystem>
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
        diagnosis_text(text, file.info(), diagnosis, chosen_language(options.language));
    }
    if (!options.output.empty()) {
        write_document(
            {.path = options.output, .text = text.str(), .format = options.format, .inputs = {options.file}});
    } else {
        write_result(text.str());
    }
    return options.fail && !named_components(file.info(), diagnosis).empty() ? 1 : 0;
}

namespace {

/// "5%" or "0.05"
double slowdown_of(const std::string& text)
{
    const bool percent = text.ends_with('%');
    double value = 0;
    const char* const last = text.data() + text.size() - (percent ? 1 : 0);
    const auto [end, error] = std::from_chars(text.data(), last, value);
    const double share = percent ? value / 100 : value;
    if (error != std::errc{} || end != last || !(share > 0 && share < 1)) {
        throw ConfigError(
            say("--max-slowdown {} is not a share (it must lie between 0 and 1). Write 5% or 0.05", text));
    }
    return share;
}

AdmitRequest request_of(const AdmitOptions& options)
{
    AdmitRequest request;
    request.good = options.good;
    request.candidates = options.candidates;
    request.limit = slowdown_of(options.max_slowdown);
    request.program =
        options.program.empty() ? std::filesystem::read_symlink("/proc/self/exe").string() : options.program;
    const bool is_file = options.words.size() == 1 &&
                         (options.words.front().ends_with(".h5") || !endure::found_program(options.words.front()));
    if (is_file) {
        if (!options.output.empty() || !options.within.empty()) {
            throw ConfigError(say(
                "-o and --within are of a launch, and a run file was given (nothing is measured). Leave them out, or "
                "name a launcher after --"));
        }
        request.file = options.words.front();
        return request;
    }
    request.launcher = options.words;
    request.file = options.output;
    const std::string within = !options.within.empty() ? options.within : options.prolog ? "30s" : "";
    if (!within.empty()) {
        const auto seconds = parse_seconds(within);
        if (!seconds || *seconds < 1) {
            throw ConfigError(say(
                "--within {} is no time of a second or more (a launch takes seconds). Write for example 30s", within));
        }
        request.within_s = *seconds;
    }
    return request;
}

/// One line for the log of slurmd: the verdict, and what keeps the first node out.
int end_prolog(const AdmissionOutput& admission, Language language)
{
    for (const NodeAdmission& node : admission.report.nodes) {
        if (node.admission != Admission::joins) {
            std::cerr << "plumbline: " << text::printable(node.host) << ": "
                      << text::printable(in(language, admission_said(node))) << '\n';
            return 1;
        }
    }
    return admission.report.overall == Admission::not_measured ? 1 : 0;
}

}  // namespace

int admit_command(const AdmitOptions& options)
{
    const Language language = chosen_language(options.language);
    constexpr int broken = 5;
    try {
        const AdmissionOutput admission = admitted(request_of(options));
        if (options.prolog) {
            return end_prolog(admission, language);
        }
        std::ostringstream text;
        if (options.format == "json") {
            admission_json(text, admission);
        } else if (options.format == "list") {
            admission_list(text, admission);
        } else if (options.format == "slurm") {
            admission_slurm(text, admission);
        } else if (options.format == "kubernetes") {
            admission_kubernetes(text, admission);
        } else {
            admission_text(text, admission, language);
        }
        write_result(text.str());
        return exit_status(verdict_of(admission.report));
    } catch (const RunBroke& broke) {
        std::cerr << "plumbline: " << text::printable(in(language, broke.why)) << '\n';
        for (const std::string& line : broke.last_words) {
            std::cerr << "  " << text::printable(line) << '\n';
        }
        return options.prolog ? 1 : broken;
    }
}

}  // namespace plumbline::app
