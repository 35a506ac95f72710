#include "collectives/util/error.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/output.hpp"
#include "results/import/import.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"
#include "results/store/store.hpp"
#include "results/util/text.hpp"
#include "results/verdicts/scaling.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace plumbline::app {

namespace {

std::string read_log(const std::string& path)
{
    std::ifstream file;
    if (path != "-") {
        file.open(path, std::ios::binary);
        if (!file || std::filesystem::is_directory(path)) {
            throw ConfigError(fmt::format("cannot read '{}'. Check the path", path));
        }
    }
    std::istream& in = path == "-" ? std::cin : file;
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) {
        throw ConfigError(fmt::format("cannot read '{}' to its end. Check the disk that it is on", path));
    }
    return text;
}

std::string text_of_targets(const std::string& targets)
{
    const std::string path = find_profile(targets);
    load_targets(path);  // says no to what are no targets
    std::ifstream in(path);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int import_command(const ImportOptions& options)
{
    const auto format = parse_log_format(options.from);
    if (!format) {
        throw std::logic_error("an option that was not checked");
    }
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
    log.info.targets_text = options.targets.empty() ? "" : text_of_targets(options.targets);
    const std::string output = options.output.empty() ? stem + ".h5" : options.output;
    const auto writer = RunWriter::create(output, log.info, options.force ? IfExists::overwrite : IfExists::refuse,
                                          {.pace = IndexPace::twentieth_of_time, .scaling = scaling_table});
    for (const CaseHeader& header : log.cases) {
        writer->store(header, Round{});
    }
    writer->finish(true);
    for (const std::string& warning : log.info.warnings) {
        std::cerr << "plumbline: " << text::printable(warning) << '\n';
    }
    write_result(fmt::format("wrote {}: {} of {}, without samples\n", output, text::pluralize(log.cases.size(), "case"),
                             name(*format)));
    return 0;
}

}  // namespace plumbline::app
