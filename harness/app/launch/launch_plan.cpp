// SPDX-License-Identifier: Apache-2.0
#include "harness/app/launch/launch_plan.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <sstream>
#include <string_view>
#include <system_error>

namespace plumbline::app {

namespace {

constexpr int last_status = 5;  ///< of plumbline's own: those above are ssh's (255), a shell's (127) and signals'

/// Takes a whole number and the mark behind it off the front of `text`; nothing where they aren't there.
std::optional<int> take_number(std::string_view& text, char mark)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end == text.data() + text.size() || *end != mark || number < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return number;
}

std::string place_of(const std::string& host, int port)
{
    return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

std::vector<std::string> words_of(const std::string& text)
{
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) {
        words.push_back(word);
    }
    return words;
}

/// What the program on the other host itself needs before it can read anything.
bool is_of_loader(std::string_view variable)
{
    constexpr std::array names{"PATH=", "LD_LIBRARY_PATH=", "LD_PRELOAD="};
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) { return variable.starts_with(name); });
}

std::string one_line_of(std::string_view value)
{
    std::string line;
    for (const char c : value) {
        line += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
    }
    return line;
}

std::string value_of_line(std::string_view line)
{
    std::string value;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool escaped = line[i] == '\\' && i + 1 < line.size();
        i += escaped ? 1 : 0;
        value += escaped && line[i] == 'n' ? '\n' : line[i];
    }
    return value;
}

constexpr std::string_view token_mark = "token ";
constexpr std::string_view variable_mark = "set ";
constexpr std::string_view last_line = "start";

}  // namespace

std::string format_node_input(const NodeInput& input)
{
    std::string lines = fmt::format("{}{}\n", token_mark, input.token);
    for (const std::string& variable : input.variables) {
        lines += fmt::format("{}{}\n", variable_mark, one_line_of(variable));
    }
    return fmt::format("{}{}\n", lines, last_line);
}

NodeInput read_node_input(const std::function<std::optional<std::string>()>& next)
{
    NodeInput input;
    for (auto line = next(); line && *line != last_line; line = next()) {
        if (line->starts_with(token_mark)) {
            input.token = line->substr(token_mark.size());
        } else if (line->starts_with(variable_mark)) {
            input.variables.push_back(value_of_line(std::string_view(*line).substr(variable_mark.size())));
        }
    }
    return input;
}

std::string format_node_ranks(const NodeRanks& ranks)
{
    return fmt::format("{}+{}/{}@{}", ranks.first, ranks.count, ranks.size, ranks.place);
}

std::optional<NodeRanks> parse_node_ranks(const std::string& text)
{
    std::string_view rest = text;
    const auto first = take_number(rest, '+');
    const auto count = first ? take_number(rest, '/') : std::nullopt;
    const auto size = count ? take_number(rest, '@') : std::nullopt;
    if (!size || *count < 1 || *first + *count > *size || rest.empty()) {
        return std::nullopt;
    }
    return NodeRanks{.first = *first, .count = *count, .size = *size, .place = std::string(rest)};
}

std::vector<ChildProgram> node_programs(const LaunchPlan& plan)
{
    const bool one_host =
        std::all_of(plan.hosts.begin(), plan.hosts.end(), [](const HostRanks& host) { return is_loopback(host.host); });
    int size = 0;
    for (const HostRanks& host : plan.hosts) {
        size += host.ranks;
        if (!one_host && is_loopback(host.host)) {
            throw ConfigError(
                say("host '{}' stands beside hosts that can't reach it by that name. Write the name "
                    "that they know it by",
                    host.host));
        }
    }
    const std::string place = place_of(plan.hosts.front().host, plan.port);
    std::vector<ChildProgram> programs;
    int first = 0;
    for (const HostRanks& host : plan.hosts) {
        std::vector<std::string> agent{
            plan.program, "launch", "--node",
            format_node_ranks({.first = first, .count = host.ranks, .size = size, .place = place}), "--"};
        agent.insert(agent.end(), plan.arguments.begin(), plan.arguments.end());
        ChildProgram program{.arguments = {},
                             .environment = {},
                             .prefix = "",
                             .input = format_node_input({.token = plan.token, .variables = plan.variables})};
        if (one_host) {
            program.arguments = std::move(agent);
        } else {
            std::string command = fmt::format("cd {} && exec env", shell_word(plan.folder));
            for (const std::string& variable : plan.variables) {
                if (is_of_loader(variable)) {
                    command += " " + shell_word(variable);
                }
            }
            for (const std::string& word : agent) {
                command += " " + shell_word(word);
            }
            program.arguments = words_of(plan.ssh);
            program.arguments.insert(program.arguments.end(), {host.host, command});
        }
        programs.push_back(std::move(program));
        first += host.ranks;
    }
    return programs;
}

std::vector<ChildProgram> rank_programs(const NodeRanks& ranks, const std::string& program,
                                        const std::vector<std::string>& arguments, const NodeInput& input)
{
    std::vector<ChildProgram> programs;
    for (int local = 0; local < ranks.count; ++local) {
        const int rank = ranks.first + local;
        ChildProgram child{.arguments = {program}, .environment = {}, .prefix = "", .input = std::nullopt};
        child.arguments.insert(child.arguments.end(), arguments.begin(), arguments.end());
        // Options, not RANK and WORLD_SIZE: what an outer launcher set in the environment doesn't contradict them.
        child.arguments.insert(child.arguments.end(),
                               {"--rank", fmt::format("{}/{}", rank, ranks.size), "--join", ranks.place});
        child.environment = {fmt::format("LOCAL_RANK={}", local), fmt::format("LOCAL_WORLD_SIZE={}", ranks.count),
                             "PLUMBLINE_TOKEN=" + input.token};
        child.environment.insert(child.environment.end(), input.variables.begin(), input.variables.end());
        // Rank 0 prints what users and scripts read.
        child.prefix = rank == 0 ? "" : fmt::format("[rank {}] ", rank);
        child.member = rank == 0 ? "" : fmt::format("\"rank\":{}", rank);
        programs.push_back(std::move(child));
    }
    return programs;
}

int launch_status(std::span<const ChildEnd> ends)
{
    const auto foreign = [](const ChildEnd& end) { return end.status > last_status; };
    if (std::any_of(ends.begin(), ends.end(), foreign)) {
        return last_status;
    }
    // All ranks of a run end alike; where one broke, it broke for all.
    const auto broken = [](const ChildEnd& end) { return end.status == last_status; };
    return std::any_of(ends.begin(), ends.end(), broken) || ends.empty() ? last_status : ends.front().status;
}

}  // namespace plumbline::app
