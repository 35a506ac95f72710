// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/launch_start.hpp"

#include "collectives/util/error.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <vector>

namespace plumbline::app {

namespace {

using Reason = std::function<std::optional<std::string>()>;

constexpr std::string_view path_mark = "mpi:";

/// A whole number, the whole text; -1 for anything else.
int number_in(std::string_view text)
{
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size() && number >= 0 ? number : -1;
}

struct Meeting {
    std::string host;
    int port = 0;
};

/// "node1:29500", "10.0.0.1:29500", "[fe80::1]:29500".
Meeting parse_meeting(const std::string& text)
{
    const std::size_t colon = text.rfind(':');
    constexpr int last_port = 65'535;
    const int port = colon == std::string::npos ? -1 : number_in(std::string_view(text).substr(colon + 1));
    std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        host.clear();
    }
    if (host.empty() || port < 1 || port > last_port) {
        throw ConfigError(
            say("--join '{}' is no HOST:PORT (a port is 1 to 65535, an IPv6 address stands in brackets). Write "
                "--join node1:29500 or --join [fd00::1]:29500",
                text));
    }
    return {.host = std::move(host), .port = port};
}

/// "3/16": this is rank 3 of 16.
void read_rank(const std::string& text, LaunchStart& start)
{
    const std::size_t slash = text.find('/');
    start.rank = number_in(std::string_view(text).substr(0, slash));
    start.size = slash == std::string::npos ? -1 : number_in(std::string_view(text).substr(slash + 1));
    if (start.rank < 0 || start.size < 1 || start.rank >= start.size) {
        throw ConfigError(say("--rank '{}' is no I/N with I from 0 to N - 1. Write --rank 0/2, --rank 1/2", text));
    }
}

LaunchStart by_hand(const LauncherOptions& options)
{
    LaunchStart start{.way = LaunchStart::Way::tcp, .who = "--rank", .mpi_module = {}, .host = {}};
    read_rank(options.rank, start);
    if (options.join.empty() && start.size > 1) {
        throw ConfigError(
            say("--rank {} needs --join HOST:PORT, where rank 0 is met (any free port of its host). "
                "Give the same to all ranks",
                options.rank));
    }
    if (!options.join.empty()) {
        const Meeting meeting = parse_meeting(options.join);
        start.host = meeting.host;
        start.port = meeting.port;
    }
    return start;
}

/// Of several launchers' announcements to MPI: throws ConfigError where the first, which counts, contradicts another.
void refuse_two_launchers(const std::vector<AnnouncedLaunch>& to_mpi)
{
    for (const AnnouncedLaunch& other : to_mpi) {
        if (contradict(to_mpi.front(), other)) {
            const AnnouncedLaunch& first = to_mpi.front();
            throw ConfigError(
                say("{} announces {} and {} {} (two launchers, {} and {}, contradict each other{}). Unset what doesn't "
                    "hold, or name the module of the one that does: --launcher mpi:PATH",
                    first.size_variable, ranks_said(first.size), other.size_variable, other.size, first.launcher,
                    other.launcher, first.size == other.size ? " about this process's rank" : ""));
        }
    }
}

/// The size that MPI has to see where the command line insists on it: the largest that is announced.
std::optional<AnnouncedLaunch> largest_announced(const std::vector<AnnouncedLaunch>& to_mpi, const Variables& get)
{
    if (to_mpi.empty()) {
        const auto other = announced_to_all(get);
        return other ? other : announced_to_job_script(get);
    }
    const auto counted = [](const AnnouncedLaunch& each) { return each.is_around ? 0 : each.size; };
    const auto largest = std::ranges::max_element(to_mpi, {}, counted);
    return counted(*largest) == 0 ? to_mpi.front() : *largest;
}

/// Ranks that `who` announces, met over TCP where `meeting` says.
LaunchStart over_tcp(const AnnouncedLaunch& who, const std::optional<AnnouncedLaunch>& meeting,
                     const LauncherOptions& options)
{
    LaunchStart start{.way = LaunchStart::Way::tcp,
                      .who = who.size_variable,
                      .mpi_module = {},
                      .rank = who.rank.value_or(0),
                      .size = who.size,
                      .host = {}};
    if (who.size == 0 || who.is_least || (who.size > 1 && !who.rank)) {
        throw ConfigError(
            say("{} does not say which rank of how many this is (set by {}). Give --rank I/N "
                "and --join HOST:PORT",
                who.size_variable, who.launcher));
    }
    if (!options.join.empty()) {
        const Meeting given = parse_meeting(options.join);
        start.host = given.host;
        start.port = given.port;
    } else if (meeting && meeting->host && meeting->port) {
        start.host = *meeting->host;
        start.port = *meeting->port;
    } else if (who.size > 1) {
        throw ConfigError(
            say("{} announces {} ranks and nothing says where rank 0 is met (MASTER_ADDR and MASTER_PORT). Set "
                "them, or give --join HOST:PORT",
                who.size_variable, who.size));
    }
    return start;
}

/// Where no size is told, a rank tells that there are as many before it.
int least_size(const AnnouncedLaunch& announced)
{
    return announced.size > 0 ? announced.size : announced.rank.value_or(0) + 1;
}

/// A script of a batch job that begins a run itself: its tasks are srun's to start. Where it says where to meet, it is
/// one of them.
void refuse_job_script(const std::optional<AnnouncedLaunch>& script, const LauncherOptions& options)
{
    if (script && script->size > 1 && options.join.empty() && !(script->host && script->port)) {
        throw ConfigError(say(
            "SLURM_NTASKS announces {} ranks and this is one process alone, the job's own script (no step of srun). "
            "Start it by srun, or for one rank by srun -n 1",
            script->size));
    }
}

LaunchStart by_mpi(const LauncherOptions& options, const std::string& who, int size)
{
    const bool has_path = options.launcher.starts_with(path_mark);
    return {.way = LaunchStart::Way::mpi,
            .who = who,
            .mpi_module = has_path ? options.launcher.substr(path_mark.size()) : "",
            .size = size,
            .host = {}};
}

}  // namespace

LaunchStart choose_launch_start(const LauncherOptions& options, const Variables& get, const Reason& why_no_mpi)
{
    const bool wants_mpi = options.launcher == "mpi" || options.launcher.starts_with(path_mark);
    const bool wants_tcp = options.launcher == "tcp";
    if (!wants_mpi && !wants_tcp && options.launcher != "auto") {
        throw ConfigError(
            say("--launcher '{}' is none (there are auto, mpi, mpi:PATH of a module, tcp). Leave "
                "it out, and what the launcher sets in the environment decides",
                options.launcher));
    }
    if (wants_mpi && !(options.rank.empty() && options.join.empty())) {
        throw ConfigError(
            say("--rank and --join are for ranks that meet over TCP, and --launcher mpi is MPI's. Leave one out"));
    }
    if (!options.rank.empty()) {
        return by_hand(options);
    }
    const auto to_mpi = all_announced_to_mpi(get);
    if (wants_mpi) {
        // Where MPI's launcher says nothing, what others announce is the size that MPI has to see.
        const auto announced = largest_announced(to_mpi, get);
        return by_mpi(options, announced ? announced->size_variable : "", announced ? least_size(*announced) : 1);
    }
    const auto mpi = to_mpi.empty() ? std::nullopt : std::optional(to_mpi.front());
    auto other = announced_to_all(get);
    if (!(wants_tcp && other)) {
        refuse_two_launchers(to_mpi);
    }
    if (!mpi && !other) {
        other = announced_to_job_script(get);
        refuse_job_script(other, options);
    }
    if (mpi && other && !wants_tcp && contradict(*mpi, *other)) {
        throw ConfigError(
            say("{} announces {} and {} {} (two launchers, {} and {}, contradict each other{}). Say "
                "which one holds: "
                "--launcher mpi or --launcher tcp",
                mpi->size_variable, ranks_said(mpi->size), other->size_variable, other->size, mpi->launcher,
                other->launcher, mpi->size == other->size ? " about this process's rank" : ""));
    }
    if (wants_tcp) {
        if (!other && !mpi) {
            throw ConfigError(
                say("--launcher tcp, and nothing says which rank of how many this is (RANK and WORLD_SIZE aren't set). "
                    "Give "
                    "--rank I/N and --join HOST:PORT"));
        }
        return over_tcp(other ? *other : *mpi, other, options);
    }
    const bool announced_mpi = mpi && mpi->size != 1;
    const bool announced_other = other && other->size > 1;
    if (mpi || !announced_other) {  // an mpirun -n 1 counts too, not the step of Slurm around it
        const auto why_not = why_no_mpi();
        if (!why_not) {
            return by_mpi(options, mpi ? mpi->size_variable : "", mpi ? least_size(*mpi) : 1);
        }
        if (!announced_mpi) {
            return {};
        }
        if (!options.join.empty() || (other && other->host && other->port)) {
            return over_tcp(*mpi, other, options);
        }
        throw ConfigError(say("{} announces {} ranks to MPI ({}), and no MPI can be used here: {}", mpi->size_variable,
                              mpi->size, mpi->launcher, *why_not));
    }
    return over_tcp(*other, other, options);
}

}  // namespace plumbline::app
