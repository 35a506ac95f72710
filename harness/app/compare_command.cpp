// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/soak_commands.hpp"
#include "results/comparison/compare.hpp"
#include "results/printers/compare.hpp"
#include "results/report/compare_data.hpp"
#include "results/report/page.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

std::optional<double> positive_number(std::string_view text)
{
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value > 0 ? std::optional(value) : std::nullopt;
}

/// "5%" or "0.05": a share below 1. Nothing where the option wasn't given.
std::optional<double> share_of(const std::string& text, const char* option, bool may_be_zero = false)
{
    if (text.empty()) {
        return std::nullopt;
    }
    const bool percent = text.ends_with('%');
    const std::string_view number = percent ? std::string_view(text).substr(0, text.size() - 1) : text;
    if (may_be_zero && number == "0") {
        return 0;
    }
    const auto value = positive_number(number);
    const std::optional<double> share = value ? std::optional(percent ? *value / 100 : *value) : std::nullopt;
    if (!share || *share >= 1) {
        throw ConfigError(say("{} {} is not a share (it must lie between 0 and 1). Write 5% or 0.05", option, text));
    }
    return share;
}

/// A number and what follows it: "1200000CNY", "10.2kW".
struct Quantity {
    double value = 0;
    std::string unit;
};

Quantity quantity_of(const std::string& text, const char* option)
{
    Quantity quantity;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), quantity.value);
    if (error != std::errc{} || !std::isfinite(quantity.value)) {
        throw ConfigError(say("{} '{}' is no number (a price or power of a node is wanted). Write for example {}",
                              option, text, std::string_view(option) == "--price" ? "A=1200000CNY" : "A=10.2kW"));
    }
    if (quantity.value <= 0) {
        throw ConfigError(
            say("{} {} is not positive (a ratio is divided by it). Leave the option out", option, quantity.value));
    }
    const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
    const std::size_t begin = std::min(rest.find_first_not_of(' '), rest.size());
    quantity.unit = rest.substr(begin);
    return quantity;
}

/// [file], each with its letter ("A=10.2kW") or all in the order of the files.
std::vector<std::optional<Quantity>> per_file(const std::vector<std::string>& given, std::size_t files,
                                              const char* option)
{
    std::vector<std::optional<Quantity>> values(files);
    const bool lettered = std::ranges::any_of(given, [](const std::string& text) { return text.find('=') == 1; });
    if (!lettered && !given.empty() && given.size() != files) {
        throw ConfigError(say("{} has {} numbers for {} files (one a file, in their order). Write {} A,B,...", option,
                              given.size(), files, option));
    }
    for (std::size_t i = 0; i < given.size(); ++i) {
        const std::string& text = given[i];
        const auto index = lettered ? static_cast<std::size_t>(text.empty() ? 0 : text.front() - 'A') : i;
        if (lettered && (text.find('=') != 1 || index >= files)) {
            throw ConfigError(say("{} '{}' names no file (a letter, A to {}, and its value). Write for example A=100",
                                  option, text,
                                  std::string(1, static_cast<char>('A' + std::min<std::size_t>(files, 26) - 1))));
        }
        if (values[index]) {
            throw ConfigError(say("{} has two values for file {} (one is enough). Leave one out", option,
                                  std::string(1, static_cast<char>('A' + index))));
        }
        values[index] = quantity_of(lettered ? text.substr(2) : text, option);
    }
    return values;
}

/// In kW.
double power_of(const Quantity& quantity)
{
    for (const auto& [unit, factor] :
         {std::pair<std::string_view, double>{"", 1}, {"kW", 1}, {"W", 1e-3}, {"MW", 1e3}}) {
        if (quantity.unit == unit) {
            return quantity.value * factor;
        }
    }
    throw ConfigError(say("--power {}{} has no unit of power (W, kW or MW). Write for example A=10.2kW", quantity.value,
                          quantity.unit));
}

/// Throws ConfigError where two currencies are named: no rate between them is known here.
void set_prices(const std::vector<std::optional<Quantity>>& prices, std::vector<ComparedRun>& runs)
{
    std::string currency;
    for (const auto& price : prices) {
        if (price && !currency.empty() && price->unit != currency) {
            throw ConfigError(
                say("--price is in '{}' and in '{}' (no rate between currencies is known). Write "
                    "all in one",
                    currency, price->unit));
        }
        currency = price && currency.empty() ? price->unit : currency;
    }
    for (std::size_t i = 0; i < runs.size(); ++i) {
        if (prices[i]) {
            runs[i].price = prices[i]->value;
            runs[i].currency = prices[i]->unit;
        }
    }
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
    const auto powers = per_file(options.powers, files.size(), "--power");
    std::vector<ComparedRun> runs;
    for (std::size_t i = 0; i < files.size(); ++i) {
        const RunFile& file = files[i];
        runs.push_back({.label = std::filesystem::path(options.files[i]).filename().string(),
                        .info = file.info(),
                        .measured = file.measured(),
                        .starts = starts_of(file),
                        .price = {},
                        .power_kw = powers[i] ? std::optional(power_of(*powers[i])) : std::nullopt});
    }
    set_prices(prices, runs);
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
        text << report::html_page(language,
                                  "plumbline: comparison of " + runs.front().label + " and " +
                                      (runs.size() == 2 ? runs[1].label : fmt::format("{} others", runs.size() - 1)),
                                  report::compare_data(runs, comparison, language));
    } else {
        compare_text(text, runs, comparison, chosen_language(options.language));
    }
    return text.str();
}

}  // namespace

int compare_command(const CompareOptions& as_named)
{
    CompareOptions options = as_named;
    std::ranges::transform(as_named.files, options.files.begin(), run_file_of);
    if (options.files.size() < 2) {
        throw ConfigError(say("nothing to compare with (one file was given). Name two run files or more"));
    }
    CompareSettings settings{.worse_limit = share_of(options.fail_if_worse, "--fail-if-worse")};
    settings.launch_spread = share_of(options.launch_spread, "--launch-spread", true).value_or(default_launch_spread);
    std::vector<RunFile> files;
    for (const std::string& path : options.files) {
        files.emplace_back(path);
    }
    const auto runs = compared(files, options);
    const Comparison comparison = compare(runs, settings);
    if (comparison.cases.empty()) {
        throw ConfigError(
            say("no case of '{}' can be compared ({}). Measure the same scenario", runs.front().label,
                comparison.unmatched.empty()
                    ? say("there are none")
                    : say("{}: {}", description(comparison.unmatched.front().what), comparison.unmatched.front().why)));
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
