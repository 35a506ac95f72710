// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/launch/child_processes.hpp"
#include "harness/app/launch/host_list.hpp"
#include "harness/app/launch/launch_plan.hpp"
#include "harness/endure/job_secret.hpp"
#include "harness/launch/announced_launch.hpp"
#include "harness/launch/tcp_launch.hpp"
#include "results/files/read_text.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

constexpr int broken = 5;
constexpr std::chrono::seconds patience{30};  ///< ranks notice by themselves that one is gone

constexpr std::uintmax_t most_bytes = 64 << 20;  ///< of a host file

std::string own_program()
{
    return std::filesystem::read_symlink("/proc/self/exe").string();
}

std::vector<HostRanks> hosts_of(const LaunchOptions& options)
{
    if (options.hosts.empty() == options.host_file.empty()) {
        throw ConfigError(say("launch needs hosts: either -H node1:8,node2:8 or --hostfile FILE. Give one of them"));
    }
    if (!options.hosts.empty()) {
        return parse_hosts(options.hosts, "-H");
    }
    return parse_host_file(
        files::read_text(options.host_file, most_bytes, "Name a file with a host a line: node1 slots=8"),
        options.host_file);
}

/// "NAME=VALUE" of each -x, whose value is this process's where none is given.
std::vector<std::string> variables_of(const LaunchOptions& options, const Variables& get)
{
    std::vector<std::string> variables;
    for (const std::string& given : options.variables) {
        const std::string name = given.substr(0, given.find('='));
        const bool is_name = !name.empty() && name.find_first_not_of(
                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                                  "0123456789_") == std::string::npos;
        if (!is_name) {
            throw ConfigError(say("-x '{}' is no NAME or NAME=VALUE. Write -x NCCL_IB_HCA=mlx5", given));
        }
        const auto value = get(name.c_str());
        if (name.size() == given.size() && !value) {
            throw ConfigError(say("-x {}: there is no such variable here. Write -x {}=VALUE", given, given));
        }
        variables.push_back(name.size() == given.size() ? name + "=" + *value : given);
    }
    if (const auto secret = get(endure::secret_variable)) {  // of a supervisor whose launcher this is
        variables.push_back(fmt::format("{}={}", endure::secret_variable, *secret));
    }
    return variables;
}

/// For who has none: nobody but these ranks knows it.
std::string drawn_token()
{
    std::random_device source;
    std::string token;
    for (int i = 0; i < 8; ++i) {
        token += fmt::format("{:08x}", source());
    }
    return token;
}

int drawn_port()
{
    // Below those that systems hand out themselves.
    constexpr unsigned first = 20'000;
    constexpr unsigned count = 10'000;
    std::random_device source;
    return static_cast<int>(first + source() % count);
}

/// Of the standard input, byte by byte: the lines behind it are read by others.
std::optional<std::string> next_input_line()
{
    std::string line;
    for (char next = 0;;) {
        const auto got = ::read(STDIN_FILENO, &next, 1);
        if (got == 1 && next == '\n') {
            return line;
        }
        if (got == 1) {
            line += next;
        } else if (got == 0 || errno != EINTR) {
            return std::nullopt;
        }
    }
}

/// What runs on a node: starts its ranks, and ends them where nobody listens any more.
int run_node(const LaunchOptions& options, const std::function<int()>& seen_signal)
{
    const auto ranks = parse_node_ranks(options.node);
    if (!ranks) {
        throw ConfigError(say("--node '{}' is none that plumbline launch writes. Leave it to that", options.node));
    }
    const NodeInput input = read_node_input(next_input_line);
    ChildProcesses children(std::cout, std::cerr);
    for (const ChildProgram& program : rank_programs(*ranks, own_program(), options.arguments, input)) {
        children.start(program);
    }
    const auto from_input = [&](std::optional<std::string_view> line) {
        constexpr std::string_view signal_mark = "signal ";
        int signal = 0;
        if (line && line->starts_with(signal_mark)) {
            std::from_chars(line->data() + signal_mark.size(), line->data() + line->size(), signal);
        }
        if (signal != 0) {
            children.pass_on(signal);
        }
    };
    return launch_status(children.wait(seen_signal, from_input, [](int status) { return status >= broken; }, patience));
}

/// Where ssh or the shell behind it failed, which host's; nothing was measured then.
void name_unreachable(const std::vector<HostRanks>& hosts, const std::vector<ChildEnd>& ends)
{
    constexpr int ssh_failed = 255;
    constexpr int not_found = 127;
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const int status = ends[i].status;
        if (status == ssh_failed || status == not_found) {
            throw ConfigError(say("no ranks came up on {} ({}). {}", hosts[i].host,
                                  status == ssh_failed ? "ssh could not reach it or was cut off; its lines are above"
                                                       : "there is no plumbline, or no ssh to reach it",
                                  status == ssh_failed
                                      ? fmt::format("Check that 'ssh {} true' works without a password", hosts[i].host)
                                      : "Give the path that it has there: --program PATH"));
        }
    }
}

}  // namespace

int launch_command(const LaunchOptions& options, const std::function<int()>& seen_signal)
{
    if (options.arguments.empty() || (options.arguments.front() != "run" && options.arguments.front() != "doctor")) {
        throw ConfigError(say(
            "launch starts the ranks of a run, or of doctor. Write plumbline launch -H node1:8,node2:8 -- run SCENARIO "
            "[OPTIONS]"));
    }
    if (!options.node.empty()) {
        return run_node(options, seen_signal);
    }
    const Variables get = environment_variables();
    const std::vector<HostRanks> hosts = hosts_of(options);
    LauncherOptions of_ranks;
    of_ranks.token_file = options.token_file;
    const std::string given = read_token(of_ranks, get);
    const LaunchPlan plan{.hosts = hosts,
                          .port = options.port == 0 ? drawn_port() : options.port,
                          .ssh = options.ssh,
                          .program = options.program.empty() ? own_program() : options.program,
                          .folder = std::filesystem::current_path().string(),
                          .variables = variables_of(options, get),
                          .arguments = options.arguments,
                          .token = given.empty() ? drawn_token() : given};
    ChildProcesses children(std::cout, std::cerr);
    for (const ChildProgram& program : node_programs(plan)) {
        children.start(program);
    }
    const auto ends = children.wait(seen_signal, nullptr, [](int status) { return status >= broken; }, patience);
    name_unreachable(hosts, ends);
    return launch_status(ends);
}

}  // namespace plumbline::app
