// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/files/read_text.hpp"
#include "results/files/temporary_file.hpp"
#include "results/import/import.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/scaling.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <system_error>

namespace plumbline::app {

namespace {

constexpr std::uintmax_t largest_log = std::uintmax_t{1} << 30U;

std::string read_pipe()
{
    std::string text;
    std::array<char, 1U << 16U> part{};
    while (std::cin.read(part.data(), part.size()) || std::cin.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(std::cin.gcount()));
        if (text.size() > largest_log) {
            throw ConfigError(say("the log on the standard input is larger than 1 GiB. Give the part with the tables"));
        }
    }
    if (std::cin.bad()) {
        throw ConfigError(say("cannot read the standard input to its end. Check what writes into the pipe"));
    }
    return text;
}

/// Only a regular file has a size that can be asked before it is read.
std::string read_log(const std::string& path)
{
    if (path == "-") {
        return read_pipe();
    }
    std::error_code error;
    const auto status = std::filesystem::status(path, error);
    if (!std::filesystem::exists(status)) {
        throw ConfigError(say("cannot read '{}' (there is no such file). Check the path", path));
    }
    if (!std::filesystem::is_regular_file(status)) {
        throw ConfigError(say("cannot read '{}' (it is no regular file). Pipe it in, with - as its name", path));
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > largest_log) {
        throw ConfigError(say("'{}' is larger than 1 GiB. Give the part with the tables", path));
    }
    std::string text(static_cast<std::size_t>(size), '\0');
    std::ifstream file(path, std::ios::binary);
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file && !file.eof()) {
        throw ConfigError(say("cannot read '{}' to its end. Check the disk that it is on", path));
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    return text;
}

std::string text_of_targets(const std::string& targets)
{
    const std::string path = find_profile(targets);
    load_targets(path);  // says no to what are no targets
    constexpr std::uintmax_t most_bytes = std::uintmax_t{16} << 20U;
    return files::read_text(path, most_bytes, "Check the path");
}

/// A log that names no date was written when its file was last written, as far as anybody knows.
void date_by_file(const std::string& path, RunMetadata& info)
{
    if (info.started_unix_s > 0 || path == "-") {
        return;
    }
    std::error_code error;
    const auto written = std::filesystem::last_write_time(path, error);
    if (error) {
        return;
    }
    const auto since_1970 = std::chrono::file_clock::to_sys(written).time_since_epoch();
    info.started_unix_s = std::floor(std::chrono::duration<double>(since_1970).count());
    info.facts.emplace_back("date", "the log names none: this is when its file was last written");
}

void write_run_file(const std::string& output, const ImportedLog& log, IfExists if_exists)
{
    const files::HeldSignals whole;
    write_run(output, log.info, log.cases, log.rounds, if_exists,
              {.scaling = scaling_table,
               .notice = [](const std::string& line) { std::cerr << "plumbline: " << line << '\n'; }});
}

}  // namespace

int import_command(const ImportOptions& options)
{
    const auto format = parse_log_format(options.from);
    if (!format) {
        throw std::logic_error("an option that was not checked");
    }
    const Language language = chosen_language(options.language);
    ImportHints hints{.pattern = options.pattern, .ranks = std::nullopt, .nodes = std::nullopt};
    if (options.ranks > 0) {
        hints.ranks = options.ranks;
    }
    if (options.nodes > 0) {
        hints.nodes = options.nodes;
    }
    ImportedLog log = import_log(*format, read_log(options.log), hints);
    const std::string stem = options.log == "-" ? "log" : std::filesystem::path(options.log).stem().string();
    log.info.name = stem;
    log.info.scenario_path = options.log;
    log.info.plumbline_version = PLUMBLINE_VERSION;
    date_by_file(options.log, log.info);
    log.info.targets_text = options.targets.empty() ? "" : text_of_targets(options.targets);
    const std::string output = options.output.empty() ? stem + ".h5" : options.output;
    write_run_file(output, log, options.force ? IfExists::overwrite : IfExists::refuse);
    for (const Sentence& warning : log.info.warnings) {
        std::cerr << "plumbline: " << text::printable(in(language, warning)) << '\n';
    }
    const auto sampled = static_cast<std::size_t>(
        std::ranges::count_if(log.rounds, [](const Round& round) { return round.seconds.samples > 0; }));
    const Sentence cases = count_said(static_cast<long long>(log.cases.size()), "{} case", "{} cases");
    write_result(in(language, say("wrote {}: {} of {}, {}", output, cases, name(*format),
                                  sampled == 0 ? say("without samples") : say("{} with samples", sampled))) +
                 "\n");
    return 0;
}

}  // namespace plumbline::app
