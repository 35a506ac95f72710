// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/bundled_scenarios.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/endure/supervisor.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/app/run/watch.hpp"
#include "harness/app/soak_commands.hpp"
#include "harness/endure/fault_injection.hpp"
#include "harness/endure/fault_schedule.hpp"
#include "harness/endure/job_process.hpp"
#include "harness/endure/launcher_words.hpp"
#include "harness/endure/soak_folder.hpp"
#include "harness/util/timing.hpp"
#include "results/endurance/soak.hpp"
#include "results/files/read_text.hpp"
#include "results/printers/show.hpp"
#include "results/printers/soak.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/yaml/scenario.hpp"
#include "scenarios/yaml/soak_faults.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

namespace fs = std::filesystem;

constexpr int broken = 5;
constexpr std::uintmax_t most_bytes = 64 << 20;

std::string own_program()
{
    return fs::read_symlink("/proc/self/exe").string();
}

std::string drawn_id()
{
    std::random_device source;
    return fmt::format("{:08x}{:08x}", source(), source());
}

double seconds_of(const std::string& text, const char* option, const char* example)
{
    const auto seconds = parse_seconds(text);
    if (!seconds || *seconds <= 0) {
        throw ConfigError(say("{} '{}' is no time. Write for example {}", option, text, example));
    }
    return *seconds;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// Of a new soak; nothing has been made yet.
SoakSettings settings_of(const EndureOptions& options, const Scenario& scenario)
{
    if (!scenario.checkpoint) {
        throw ConfigError(
            say("{}: has no checkpoint section (a job that goes on after a fault loads one). Add for example "
                "checkpoint: {}",
                options.scenario, "{every: 10min, bytes_per_rank: 1GiB, to: /shared/checkpoints}"));
    }
    const CheckpointSpec& checkpoint = *scenario.checkpoint;
    SoakSettings settings;
    settings.name = scenario.name;
    settings.id = drawn_id();
    settings.scenario = fs::absolute(find_scenario(options.scenario)).string();
    settings.scenario_text = scenario.text;
    settings.targets_text = scenario.targets_text;
    settings.overrides = fmt::format("{}", fmt::join(options.overrides, "\n"));
    settings.launcher = fmt::format("{}", fmt::join(options.launcher, "\n"));
    settings.planned_s = seconds_of(options.duration, "--for", "30d");
    settings.until_recoveries = options.until_recoveries;
    settings.spares = options.spares;
    settings.checkpoint_every_s = checkpoint.every_s;
    settings.checkpoint_bytes = checkpoint.bytes_per_rank;
    settings.checkpoint_folder =
        fs::absolute(checkpoint.to.empty() ? fs::path(options.output) / "checkpoints" : fs::path(checkpoint.to))
            .string();
    settings.confidence = scenario.stop.confidence;
    settings.hang_after_s = hang_bound_s(options.hang_after).value_or(0);
    settings.give_up_after = options.give_up_after;
    settings.verify_every = static_cast<std::uint64_t>(options.verify_every);
    settings.sweep_every_s =
        options.sweep_every == "never" ? 0 : seconds_of(options.sweep_every, "--sweep-every", "1h, or never");
    settings.diagnose_within_s = options.diagnose_within == "never"
                                     ? 0
                                     : seconds_of(options.diagnose_within, "--diagnose-within", "60s, or never");
    settings.program = options.program.empty() ? own_program() : options.program;
    if (settings.hang_after_s == 0) {
        throw ConfigError(
            say("--hang-after never leaves a job that hangs for good (nobody would end it). Write a time such "
                "as 60s"));
    }
    if (settings.planned_s < 2 * checkpoint.every_s) {
        throw ConfigError(
            say("--for {} is below two checkpoints (one is written every {}). Write a longer time, or "
                "checkpoint more often",
                options.duration, format_seconds(checkpoint.every_s)));
    }
    if (!options.faults.empty()) {
        settings.faults_text = files::read_text(options.faults, most_bytes, "Name a file of faults");
    }
    return settings;
}

std::vector<SoakFault> faults_of(const SoakSettings& settings, const std::string& origin)
{
    if (settings.faults_text.empty()) {
        return {};
    }
    auto faults = parse_soak_faults(settings.faults_text, origin);
    for (const SoakFault& fault : faults) {
        if (const auto why = endure::injection_problem(fault, settings.checkpoint_folder)) {
            throw ConfigError(*why);
        }
    }
    return faults;
}

endure::Launcher launcher_of(const SoakSettings& settings)
{
    std::vector<std::string> words = lines_of(settings.launcher);
    if (words.empty()) {
        throw ConfigError(
            say("endure needs what starts the ranks, after --. Write for example plumbline endure SCENARIO --for "
                "30d -o soak/ -- mpirun -n 512 --hostfile hosts"));
    }
    const auto program = endure::found_program(words.front());
    if (!program) {
        throw ConfigError(
            say("{}: there is no such launcher (it is no program in PATH). Name it by its path", words.front()));
    }
    const auto host_file = endure::host_file_of(words);
    const std::string hosts =
        host_file && settings.spares > 0
            ? files::read_text(*host_file, most_bytes, "Name a file with a host a line: node1 slots=8")
            : "";
    return endure::make_launcher(std::move(words), static_cast<std::size_t>(settings.spares), hosts);
}

/// The journal is the truth, and says it all without the file too.
void fold_at_end(const fs::path& folder)
{
    try {
        fold_soak(folder);
    } catch (const SaidError& error) {
        std::cerr << fmt::format("plumbline: warning: {} (the journal has it all). plumbline show {} writes it\n",
                                 error.what(), folder.string());
    }
}

int conclude(const fs::path& folder, const Soak& soak, Language language)
{
    fold_at_end(folder);
    if (soak.end && soak.end->gave_up) {
        std::cerr << "plumbline: " << in(language, say("gave up: {}", recognised(soak.end->why))) << '\n';
        return broken;
    }
    if (soak.end && soak.end->paused) {
        std::cerr << "plumbline: "
                  << in(language, say("paused. Go on with: plumbline endure --resume {}", folder.string())) << '\n';
        return exit_status(Verdict::not_measured);
    }
    const Judgement judgement = judge_soak_folder(folder, "");
    std::ostringstream text;
    show_soak_text(text, soak, language);
    text << '\n';
    check_text(text, judgement, false, language);
    write_result(text.str());
    return exit_status(judgement.verdict);
}

int begin(const EndureOptions& options, const std::function<int()>& seen_signal)
{
    if (options.scenario.empty() || options.duration.empty() || options.output.empty()) {
        throw ConfigError(say(
            "endure needs a scenario, --for and -o. Write for example plumbline endure SCENARIO --for 30d -o soak/ -- "
            "mpirun -n 512; or go on with a soak: plumbline endure --resume soak/"));
    }
    const Scenario scenario = load_scenario(find_scenario(options.scenario), options.overrides);
    const SoakSettings settings = settings_of(options, scenario);
    const endure::Launcher launcher = launcher_of(settings);
    const auto faults = faults_of(settings, options.faults);
    endure::SoakFolder folder = endure::SoakFolder::made(options.output);
    Soak soak;
    try {
        const std::vector<JournalRecord> first{begin_record(settings, PLUMBLINE_VERSION, unix_now_s())};
        folder.append(first);
        soak = supervise({.folder = folder,
                          .soak = soak_of(first, options.output),
                          .resumed = false,
                          .launcher = launcher,
                          .faults = faults,
                          .out = std::cerr,
                          .seen_signal = seen_signal});
    } catch (const ConfigError&) {
        folder.remove();
        throw;
    }
    return conclude(folder.path(), soak, chosen_language(options.language));
}

int go_on(const EndureOptions& options, const std::function<int()>& seen_signal)
{
    if (!options.scenario.empty() || !options.launcher.empty() || !options.duration.empty() ||
        !options.output.empty() || !options.overrides.empty()) {
        throw ConfigError(
            say("--resume goes on with what the soak was begun with (its journal says it). Leave all else out"));
    }
    endure::SoakFolder folder = endure::SoakFolder::opened(options.resume);
    const ToldSoak told = folder.take_soak();
    const Soak& soak = told.soak;
    if (soak.complete() || (soak.end && soak.end->gave_up)) {
        throw ConfigError(say("{} is over ({}). Look at it with plumbline check {}, or begin another", options.resume,
                              soak.end->why, options.resume));
    }
    const Scenario scenario = load_scenario(soak.settings.scenario, lines_of(soak.settings.overrides));
    if (scenario.text != soak.settings.scenario_text) {
        throw ConfigError(
            say("{} is the journal of another scenario (what {} says has changed since). Restore the file, or "
                "begin another "
                "soak",
                options.resume, soak.settings.scenario));
    }
    const endure::Launcher launcher = launcher_of(soak.settings);
    const auto faults = faults_of(soak.settings, options.resume + ": faults");
    if (!told.segments.empty()) {
        endure::end_former_job(told.segments.back().process);
    }
    return conclude(folder.path(),
                    supervise({.folder = folder,
                               .soak = soak,
                               .resumed = true,
                               .launcher = launcher,
                               .faults = faults,
                               .out = std::cerr,
                               .seen_signal = seen_signal}),
                    chosen_language(options.language));
}

}  // namespace

int endure_command(const EndureOptions& options, const std::function<int()>& seen_signal)
{
    return options.resume.empty() ? begin(options, seen_signal) : go_on(options, seen_signal);
}

}  // namespace plumbline::app
