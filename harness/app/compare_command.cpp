// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/comparison/compare.hpp"
#include "results/printers/compare.hpp"
#include "results/report/compare_data.hpp"
#include "results/report/page.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

std::optional<double> positive_number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

/// "5%" or "0.05": a share below 1.
std::optional<double> limit_of(const std::string& text)
{
    if (text.empty()) {
        return std::nullopt;
    }
    const bool percent = text.ends_with('%');
    const auto value = positive_number(percent ? std::string_view(text).substr(0, text.size() - 1) : text);
    const std::optional<double> share = value ? std::optional(percent ? *value / 100 : *value) : std::nullopt;
    if (!share || *share >= 1) {
        throw ConfigError(
            say("--fail-if-worse {} is not a share (it must lie between 0 and 1). Write 5% or 0.05", text));
    }
    return share;
}

/// One number a file.
std::vector<std::optional<double>> per_file(const std::vector<double>& given, std::size_t files, const char* option)
{
    if (!given.empty() && given.size() != files) {
        throw ConfigError(say("{} has {} numbers for {} files (one a file, in their order). Write {} A,B,...", option,
                              given.size(), files, option));
    }
    std::vector<std::optional<double>> values(files);
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!(given[i] > 0)) {
            throw ConfigError(
                say("{} {} is not positive (a ratio is divided by it). Leave the option out", option, given[i]));
        }
        values[i] = given[i];
    }
    return values;
}

std::string starts_of(const RunFile& file)
{
    std::set<std::string> modes;
    for (const CaseSummary& row : file.cases()) {
        if (row.header.status == CaseStatus::measured && row.median_s) {
            modes.insert(file.start_mode(row.header.id));
        }
    }
    modes.erase("");
    return fmt::format("{}", fmt::join(modes, ", "));
}

/// "A=Vendor one": the letter says which file, in their order.
void name_runs(const std::vector<std::string>& names, std::vector<ComparedRun>& runs)
{
    for (const std::string& name : names) {
        const auto index = name.empty() ? runs.size() : static_cast<std::size_t>(name.front() - 'A');
        if (name.size() < 3 || name[1] != '=' || index >= runs.size()) {
            throw ConfigError(
                say("--name is '{}' (a letter of a file, A to {:c}, and its name). Write for "
                    "example A=vendor-one",
                    name, static_cast<char>('A' + std::min<std::size_t>(runs.size(), 26) - 1)));
        }
        runs[index].label = name.substr(2);
    }
}

std::vector<ComparedRun> compared(const std::vector<RunFile>& files, const CompareOptions& options)
{
    const auto prices = per_file(options.prices, files.size(), "--price");
    const auto powers = per_file(options.powers_kw, files.size(), "--power");
    std::vector<ComparedRun> runs;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const RunFile& file = files[i];
        runs.push_back({.label = std::filesystem::path(options.files[i]).filename().string(),
                        .info = file.info(),
                        .measured = file.measured(),
                        .starts = starts_of(file),
                        .price = prices[i],
                        .power_kw = powers[i]});
    }
    name_runs(options.names, runs);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
            // Nights are often named alike in folders of their own.
            if (runs[i].label == runs[j].label) {
                runs[i].label = options.files[i];
                runs[j].label = options.files[j];
            }
        }
    }
    return runs;
}

std::string as_text(const CompareOptions& options, std::span<const ComparedRun> runs, const Comparison& comparison)
{
    std::ostringstream text;
    if (options.format == "json") {
        compare_json(text, runs, comparison);
    } else if (options.format == "html") {
        const auto language = chosen_language(options.language);
        text << report::html_page(language, "plumbline: " + runs.front().info.name,
                                  report::compare_data(runs, comparison, language));
    } else {
        compare_text(text, runs, comparison, chosen_language(options.language));
    }
    return text.str();
}

}  // namespace

int compare_command(const CompareOptions& options)
{
    if (options.files.size() < 2) {
        throw ConfigError(say("nothing to compare with (one file was given). Name two run files or more"));
    }
    const auto limit = limit_of(options.fail_if_worse);
    std::vector<RunFile> files;
    for (const std::string& path : options.files) {
        files.emplace_back(path);
    }
    const auto runs = compared(files, options);
    const Comparison comparison = compare(runs, limit);
    if (comparison.cases.empty()) {
        throw ConfigError(say("no case of '{}' can be compared ({}). Measure the same scenario", runs.front().label,
                              comparison.unmatched.empty() ? "there are none"
                                                           : describe(comparison.unmatched.front().what) + ": " +
                                                                 comparison.unmatched.front().why));
    }
    const std::string text = as_text(options, runs, comparison);
    if (!options.output.empty()) {
        write_document({.path = options.output, .text = text, .format = options.format, .inputs = options.files});
    } else if (!options.quiet) {
        write_result(text);
    }
    return comparison.verdict ? exit_status(*comparison.verdict) : 0;
}

}  // namespace plumbline::app
