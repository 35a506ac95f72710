// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/files/read_text.hpp"
#include "results/report/history_data.hpp"
#include "results/report/history_output.hpp"
#include "results/report/page.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline::app {

namespace {

std::filesystem::path usual_accepted(const HistoryOptions& options)
{
    return std::filesystem::path(options.folder) / "accepted.txt";
}

/// Named, or FOLDER/accepted.txt if there is one.
std::vector<Accepted> accepted_changes(const HistoryOptions& options)
{
    const std::filesystem::path usual = usual_accepted(options);
    const std::string path = !options.accepted.empty()        ? options.accepted
                             : std::filesystem::exists(usual) ? usual.string()
                                                              : "";
    if (path.empty()) {
        return {};
    }
    constexpr std::uintmax_t most_bytes = std::uintmax_t{16} << 20U;
    return parse_accepted(files::read_text(path, most_bytes, "Check the path of the accepted changes"), path);
}

}  // namespace

int history_command(const HistoryOptions& options)
{
    if (!std::filesystem::is_directory(options.folder)) {
        throw ConfigError(say("'{}' is not a folder. Name a folder of run files", options.folder));
    }
    const auto accepted = accepted_changes(options);
    const RunIndex index = index_runs(options.folder);
    for (const std::string& notice : index.notices) {
        std::cerr << "plumbline: " << in(chosen_language(options.language), text::printable(notice)) << '\n';
    }
    if (index.runs.empty()) {
        throw ConfigError(say("no run file in '{}'{}. Put what 'plumbline run' writes there", options.folder,
                              index.warnings.empty() ? "" : " (" + index.warnings.front() + ")"));
    }
    TrendRule rule;
    rule.max_p = options.max_p;
    rule.min_change = options.min_change_percent / 100;
    const Trends trends = find_trends(index, accepted, rule);
    std::ostringstream text;
    if (options.format == "json") {
        history_json(text, index, trends);
    } else if (options.format == "junit") {
        history_junit(text, index, trends);
    } else if (options.format == "prometheus") {
        history_prometheus(text, index, trends);
    } else if (options.format == "html") {
        const auto language = chosen_language(options.language);
        const std::string folder = std::filesystem::absolute(options.folder / std::filesystem::path("."))
                                       .lexically_normal()
                                       .parent_path()
                                       .filename()
                                       .string();
        text << report::html_page(language, "plumbline: " + folder, report::history_data(index, trends, language));
    } else {
        std::ostringstream english;
        history_text(english, index, trends);
        text << lines_in(chosen_language(options.language), english.str());
    }
    if (!options.output.empty()) {
        write_document({.path = options.output,
                        .text = text.str(),
                        .format = options.format,
                        .inputs = {options.accepted, usual_accepted(options).string()}});
    } else if (!options.quiet) {
        write_result(text.str());
    }
    return exit_status(trends.verdict);
}

}  // namespace plumbline::app
