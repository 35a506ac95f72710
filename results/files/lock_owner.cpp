// SPDX-License-Identifier: Apache-2.0
#include "results/files/lock_owner.hpp"

#include "results/util/sha256.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <signal.h>
#include <unistd.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <climits>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>

namespace plumbline::files {
namespace {

constexpr std::string_view heading = "plumbline lock 1";

std::string first_line_of(const char* file)
{
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

std::string link_target(const char* link)
{
    std::error_code error;
    const auto target = std::filesystem::read_symlink(link, error);
    return error ? "" : target.string();
}

std::string host_name()
{
    std::array<char, HOST_NAME_MAX + 1> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

double unix_now_s()
{
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

double booted_unix_s()
{
    timespec since_boot{};
    clock_gettime(CLOCK_BOOTTIME, &since_boot);
    return unix_now_s() - static_cast<double>(since_boot.tv_sec);
}

/// State and start of /proc/PID/stat, whose second field may hold spaces and parentheses.
struct ProcessStat {
    char state = '?';
    std::uint64_t started_ticks = 0;
};

std::optional<ProcessStat> stat_of(const std::string& process)
{
    constexpr int fields_between_state_and_start = 18;
    const std::string line = first_line_of(("/proc/" + process + "/stat").c_str());
    const auto name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return std::nullopt;
    }
    std::istringstream rest(line.substr(name_end + 1));
    ProcessStat stat;
    rest >> stat.state;
    std::string skipped;
    for (int i = 0; i < fields_between_state_and_start; ++i) {
        rest >> skipped;
    }
    rest >> stat.started_ticks;
    return rest ? std::optional(stat) : std::nullopt;
}

template <class Number>
bool parse(std::string_view text, Number& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
}

/// A line "key=value" of the file; false for one that isn't known.
bool take_line(LockOwner& owner, std::string_view key, std::string_view value)
{
    if (key == "pid") {
        return parse(value, owner.pid) && owner.pid > 0;
    }
    if (key == "started_ticks") {
        return parse(value, owner.started_ticks);
    }
    if (key == "since_unix_s") {
        return parse(value, owner.since_unix_s);
    }
    std::string* const text = key == "host"             ? &owner.host
                              : key == "machine_id"     ? &owner.machine_id
                              : key == "boot_id"        ? &owner.boot_id
                              : key == "pid_namespace"  ? &owner.pid_namespace
                              : key == "time_namespace" ? &owner.time_namespace
                                                        : nullptr;
    if (text == nullptr) {
        return false;
    }
    *text = value;
    return true;
}

std::string utc(double unix_s)
{
    constexpr double year_9999 = 253402300799.0;
    if (!(unix_s >= 0 && unix_s <= year_9999)) {
        return "an unknown time";
    }
    const auto seconds = static_cast<std::time_t>(unix_s);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                       parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace

LockOwner this_process()
{
    LockOwner owner;
    owner.host = text::printable(host_name());  // a line of the file
    owner.machine_id = first_line_of("/etc/machine-id");
    owner.boot_id = first_line_of("/proc/sys/kernel/random/boot_id");
    owner.pid_namespace = link_target("/proc/self/ns/pid");
    owner.time_namespace = link_target("/proc/self/ns/time");
    owner.pid = getpid();
    owner.started_ticks = stat_of("self").value_or(ProcessStat{}).started_ticks;
    owner.since_unix_s = unix_now_s();
    return owner;
}

ProcessFacts process_facts(std::int64_t pid)
{
    ProcessFacts facts;
    facts.exists = ::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH;
    if (const auto stat = stat_of(std::to_string(pid))) {
        facts.exists = facts.exists && stat->state != 'Z' && stat->state != 'X';
        facts.started_ticks = stat->started_ticks;
    }
    return facts;
}

OwnerState state_of(const LockOwner& owner, const LockOwner& here, const ProcessFacts& facts, double booted_unix_s)
{
    if (owner.boot_id.empty() || here.boot_id.empty()) {
        return OwnerState::unknown;
    }
    if (owner.boot_id != here.boot_id) {
        // The name alone proves nothing: the lock must also be older than the machine's present uptime.
        const bool same_machine = owner.host == here.host && owner.host != "localhost" &&
                                  owner.machine_id == here.machine_id && owner.since_unix_s < booted_unix_s;
        return same_machine ? OwnerState::rebooted : OwnerState::unknown;
    }
    if (owner.pid_namespace != here.pid_namespace) {
        return OwnerState::unknown;
    }
    // A number that another process has got since. Starts count from an offset of the time namespace.
    const bool comparable = owner.time_namespace == here.time_namespace && facts.started_ticks.has_value();
    const bool reused = comparable && *facts.started_ticks != owner.started_ticks;
    return facts.exists && !reused ? OwnerState::alive : OwnerState::gone;
}

bool is_same_process(const LockOwner& one, const LockOwner& other)
{
    return one.boot_id == other.boot_id && one.pid_namespace == other.pid_namespace && one.pid == other.pid &&
           one.started_ticks == other.started_ticks;
}

OwnerState state_of(const LockOwner& owner)
{
    return state_of(owner, this_process(), process_facts(owner.pid), booted_unix_s());
}

std::string format_owner(const LockOwner& owner)
{
    return fmt::format(
        "{}\nhost={}\nmachine_id={}\nboot_id={}\npid_namespace={}\ntime_namespace={}\npid={}\nstarted_ticks={}\n"
        "since_unix_s={}\n",
        heading, owner.host, owner.machine_id, owner.boot_id, owner.pid_namespace, owner.time_namespace, owner.pid,
        owner.started_ticks, owner.since_unix_s);
}

std::optional<LockOwner> parse_owner(std::string_view text)
{
    std::istringstream lines{std::string(text)};
    std::string line;
    if (!std::getline(lines, line) || line != heading) {
        return std::nullopt;
    }
    LockOwner owner;
    while (std::getline(lines, line)) {
        const auto equals = line.find('=');
        if (equals == std::string::npos ||
            !take_line(owner, std::string_view(line).substr(0, equals), std::string_view(line).substr(equals + 1))) {
            return std::nullopt;
        }
    }
    return owner.pid > 0 ? std::optional(owner) : std::nullopt;
}

std::string describe(const LockOwner& owner)
{
    return fmt::format("process {} on {}, since {}", owner.pid, text::printable(owner.host), utc(owner.since_unix_s));
}

std::string temporary_token(const LockOwner& owner)
{
    constexpr std::size_t digits = 16;
    const std::string all =
        report::sha256(fmt::format("{} {} {} {}", owner.boot_id, owner.pid_namespace, owner.pid, owner.started_ticks));
    return all.substr(0, digits);
}

}  // namespace plumbline::files
