// SPDX-License-Identifier: Apache-2.0
#include "results/import/commands.hpp"

#include "results/import/log_reader.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace plumbline::import {
namespace {

constexpr std::uint64_t most_processes = 10000000;

/// What a launcher calls the numbers of processes, of nodes, and of processes of a node.
struct Launcher {
    std::string_view name;  ///< its name begins so
    std::array<std::string_view, 5> ranks;
    std::array<std::string_view, 2> nodes;
    std::array<std::string_view, 4> ranks_per_node;
};
/// srun's -c are the cores of a process, Open MPI's its processes.
constexpr std::array launchers{
    Launcher{"mpirun", {"-n", "-np", "--n", "--np", "-c"}, {}, {"-ppn", "-perhost", "-npernode", "-N"}},
    Launcher{"mpiexec", {"-n", "-np", "--n", "--np", "-c"}, {}, {"-ppn", "-perhost", "-npernode", "-N"}},
    Launcher{"orterun", {"-n", "-np", "--n", "--np", "-c"}, {}, {"-npernode", "-N"}},
    Launcher{"prterun", {"-n", "-np", "--n", "--np", "-c"}, {}, {}},
    Launcher{"prun", {"-n", "-np", "--n", "--np", "-c"}, {}, {}},
    Launcher{"srun", {"-n", "--ntasks"}, {"-N", "--nodes"}, {"--ntasks-per-node"}},
    Launcher{"yhrun", {"-n", "--ntasks"}, {"-N", "--nodes"}, {"--ntasks-per-node"}},
    Launcher{"aprun", {"-n", "--pes"}, {}, {"-N", "--pes-per-node"}},
    Launcher{"flux", {"-n", "--ntasks"}, {"-N", "--nodes"}, {"--tasks-per-node"}},
    Launcher{"ibrun", {"-n", "-np"}, {}, {}},
    Launcher{"jsrun", {"-p", "--np"}, {}, {}},
    Launcher{"$", {"-n", "-np", "--np", "--ntasks"}, {}, {}},  // of a script that isn't expanded
};

/// What starts another program under conditions of its own, whose options are not the launcher's.
constexpr std::array<std::string_view, 22> wrappers{
    "nice", "ionice", "numactl", "taskset", "timeout", "env",  "time", "stdbuf",      "chrt",      "perf",   "strace",
    "gdb",  "xterm",  "nsys",    "ncu",     "rocprof", "bash", "sh",   "singularity", "apptainer", "docker", "podman"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view word)
{
    return !word.empty() && std::ranges::find(names, word) != names.end();
}

std::string_view without_folders(std::string_view word)
{
    return word.substr(word.rfind('/') + 1);
}

/// What builds programs, or moves them about, names them too.
bool runs_a_program(const Line& line)
{
    constexpr std::array<std::string_view, 14> others{"Linking", "Compiling", "Generating", "g++", "gcc",
                                                      "nvcc",    "hipcc",     "clang++",    "ar",  "cp",
                                                      "mv",      "ln",        "rm",         "make"};
    return line.words.empty() || !is_one_of(others, without_folders(line.words.front()));
}

std::optional<int> as_processes(std::string_view word)
{
    const auto value = count(word);
    return value && *value > 0 && *value < most_processes ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

/// The number that the first of the options has: "-n 8", "--ntasks=8", and "-n8" of one letter.
template <std::size_t N>
std::optional<int> number_of(const std::array<std::string_view, N>& names, std::span<const std::string_view> words)
{
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (is_one_of(names, word)) {
            return i + 1 < words.size() ? as_processes(words[i + 1]) : std::nullopt;
        }
        for (const std::string_view name : names) {
            const bool of_one_letter = name.size() == 2 && word.size() > 2 && word[2] >= '0' && word[2] <= '9';
            const bool equals = name.starts_with("--") && word.size() > name.size() && word[name.size()] == '=';
            if (!name.empty() && word.starts_with(name) && (of_one_letter || equals)) {
                return as_processes(word.substr(name.size() + (equals ? 1 : 0)));
            }
        }
    }
    return std::nullopt;
}

/// "ppr:8:node" of Open MPI's --map-by.
std::optional<int> mapped_per_node(std::span<const std::string_view> words)
{
    constexpr std::string_view start = "ppr:";
    for (const std::string_view word : words) {
        const std::size_t at = word.find(start);
        if (at != std::string_view::npos && word.substr(at).find(":node") != std::string_view::npos) {
            const std::string_view digits = word.substr(at + start.size());
            return as_processes(digits.substr(0, digits.find(':')));
        }
    }
    return std::nullopt;
}

/// What the launcher before word `program` was told.
void read_launcher(const Line& line, Command& command)
{
    const auto launcher_of = [](std::string_view word) {
        return std::ranges::find_if(launchers, [&](const Launcher& known) {
            return without_folders(word).starts_with(known.name) && !word.starts_with('-') &&
                   word.find('=') == std::string_view::npos;
        });
    };
    const auto before = std::span(line.words).first(command.word);
    std::size_t at = before.size();
    while (at > 0 && launcher_of(before[at - 1]) == launchers.end()) {
        --at;
    }
    if (at == 0) {
        return;
    }
    const Launcher& launcher = *launcher_of(before[at - 1]);
    auto options = before.subspan(at);
    const auto wrapper = std::ranges::find_if(options, [](std::string_view word) {
        return is_one_of(wrappers, without_folders(word)) || word.ends_with(".sh");
    });
    options = options.first(static_cast<std::size_t>(wrapper - options.begin()));
    const auto after = std::span(line.words).subspan(command.word + 1);
    const bool several = std::ranges::find(after, ":") != after.end();
    if (several) {
        return;
    }
    const auto said_per_node = number_of(launcher.ranks_per_node, options);
    const auto per_node = said_per_node ? said_per_node : mapped_per_node(options);
    command.ranks = number_of(launcher.ranks, options);
    command.nodes = number_of(launcher.nodes, options);
    if (!command.ranks && command.nodes && per_node && *command.nodes <= static_cast<int>(most_processes) / *per_node) {
        command.ranks = *command.nodes * *per_node;
    }
    if (!command.nodes && command.ranks && per_node) {
        command.nodes = (*command.ranks - 1) / *per_node + 1;
    }
    if (command.nodes && command.ranks && *command.nodes > *command.ranks) {
        command.nodes.reset();
    }
}

}  // namespace

std::optional<Command> command_in(const Line& line, std::string_view mark)
{
    if (line.text.find(mark) == std::string_view::npos || !runs_a_program(line)) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < line.words.size(); ++i) {
        const std::string_view word = line.words[i];
        const std::string_view name = without_folders(word);
        const bool is_output = i > 0 && (line.words[i - 1] == ">" || line.words[i - 1] == "-o");
        if (name.find(mark) != std::string_view::npos && !word.starts_with('-') && !is_output) {
            Command command;
            command.program = name;
            command.word = i;
            read_launcher(line, command);
            return command;
        }
    }
    return std::nullopt;
}

std::string_view option_after(const Line& line, std::size_t program, std::string_view short_name,
                              std::string_view long_name)
{
    constexpr std::array<std::string_view, 9> joins{"|", "||", "&&", ";", "&", ">", ">>", "2>&1", "<"};
    for (std::size_t i = program + 1; i < line.words.size() && !is_one_of(joins, line.words[i]); ++i) {
        const std::string_view word = line.words[i];
        if (word == short_name || word == long_name) {
            return i + 1 < line.words.size() ? line.words[i + 1] : std::string_view{};
        }
        if (word.starts_with(long_name) && word.substr(long_name.size()).starts_with('=')) {
            return word.substr(long_name.size() + 1);
        }
        if (word.starts_with(short_name) && !word.starts_with("--")) {
            return word.substr(short_name.size());
        }
    }
    return {};
}

}  // namespace plumbline::import
