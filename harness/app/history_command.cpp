// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/nights/tell_change.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/judgement_input.hpp"
#include "results/files/read_text.hpp"
#include "results/report/history_data.hpp"
#include "results/report/history_output.hpp"
#include "results/report/page.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
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

/// Targets are the run's own, as 'check' judges them. Throws ConfigError where the file isn't one of the folder.
std::optional<Night> night_of(const HistoryOptions& options, const Trends& trends)
{
    namespace fs = std::filesystem;
    if (options.night.empty()) {
        return std::nullopt;
    }
    Night night;
    night.file = fs::relative(options.night, options.folder).generic_string();
    if (night.file.empty() || night.file.starts_with("..")) {
        throw ConfigError(
            say("--night '{}' is not in '{}' (a night is one of the history's runs). Name a run "
                "file of that folder",
                options.night, options.folder));
    }
    const int status = options.night_status;
    const bool judged = status == 0 || status == 1 || status == 3 || status == 4;
    night.broke = judged ? 0 : status == 2 ? 2 : 5;
    if (judged || fs::exists(options.night)) {
        const RunFile file(options.night);
        add_contract(judge_file(file, load_judgement_input(file, options.night, "")), night);
    }
    add_change(trends, night);
    return night;
}

}  // namespace

int history_command(const HistoryOptions& options)
{
    check_webhook(options.webhook);
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
    const auto night = night_of(options, trends);
    std::ostringstream text;
    if (options.format == "json") {
        history_json(text, index, trends, night);
    } else if (options.format == "junit") {
        history_junit(text, index, trends, night);
    } else if (options.format == "prometheus") {
        history_prometheus(text, index, trends, night);
    } else if (options.format == "html") {
        const auto language = chosen_language(options.language);
        const std::string folder = std::filesystem::absolute(options.folder / std::filesystem::path("."))
                                       .lexically_normal()
                                       .parent_path()
                                       .filename()
                                       .string();
        text << report::html_page(language, "plumbline: " + folder,
                                  report::history_data(index, trends, language, night));
    } else {
        history_text(text, index, trends, night, chosen_language(options.language));
    }
    if (!options.output.empty()) {
        write_document({.path = options.output,
                        .text = text.str(),
                        .format = options.format,
                        .inputs = {options.accepted, usual_accepted(options).string()}});
    } else if (!options.quiet) {
        write_result(text.str());
    }
    if (!options.on_change.empty() || !options.webhook.empty()) {
        const Language language = chosen_language(options.language);
        tell_change(options.folder, news_of(options.folder, index, trends, night, language),
                    {.command = options.on_change, .webhook = options.webhook, .language = language});
    }
    return night ? exit_status(*night) : exit_status(trends.verdict);
}

}  // namespace plumbline::app
