// SPDX-License-Identifier: Apache-2.0
#include "harness/host/interference.hpp"

#include "harness/util/timing.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <sstream>
#include <system_error>

namespace plumbline {

namespace {

std::string read_text(const std::string& path)
{
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::optional<double> parse_number(std::string_view text)
{
    double value = 0;
    const auto first = text.find_first_not_of(" \t");
    text.remove_prefix(first == std::string_view::npos ? text.size() : first);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end != text.data() ? std::optional(value) : std::nullopt;
}

bool may_run_on(int core)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    return core >= 0 && core < CPU_SETSIZE && sched_getaffinity(0, sizeof set, &set) == 0 &&
           CPU_ISSET(static_cast<std::size_t>(core), &set);
}

/// Nothing on machines without frequency scaling: in a virtual machine /proc/cpuinfo has the nominal frequency, and
/// reading it interrupts all cores.
std::optional<double> frequency_hz()
{
    constexpr double hertz_per_kilohertz = 1000;
    const auto khz =
        parse_number(read_text(fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_cur_freq", sched_getcpu())));
    return khz ? std::optional(*khz * hertz_per_kilohertz) : std::nullopt;
}

std::optional<double> difference(const std::optional<double>& before, const std::optional<double>& after)
{
    return before && after ? std::optional(*after - *before) : std::nullopt;
}

}  // namespace

std::optional<double> parse_migrations(std::string_view sched)
{
    const auto found = sched.find("nr_migrations ");
    const auto colon = found == std::string_view::npos ? found : sched.find(':', found);
    return colon == std::string_view::npos ? std::nullopt : parse_number(sched.substr(colon + 1));
}

std::optional<double> parse_steal_s(std::string_view stat, bool (*allowed)(int core), double ticks_per_s)
{
    double ticks = 0;
    int cores = 0;
    std::istringstream lines{std::string(stat)};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        const auto core = name.starts_with("cpu") ? parse_number(std::string_view(name).substr(3)) : std::nullopt;
        if (!core || !allowed(static_cast<int>(*core))) {
            continue;
        }
        double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
        if (words >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal) {
            ticks += steal;
            ++cores;
        }
    }
    return cores > 0 && ticks_per_s > 0 ? std::optional(ticks / ticks_per_s / cores) : std::nullopt;
}

InterferenceCounters read_interference_counters()
{
    InterferenceCounters now;
    now.at_s = steady_now_s();
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0) {
        now.involuntary_switches = static_cast<double>(usage.ru_nivcsw);
        now.voluntary_switches = static_cast<double>(usage.ru_nvcsw);
        now.minor_faults = static_cast<double>(usage.ru_minflt);
        now.major_faults = static_cast<double>(usage.ru_majflt);
    }
    now.migrations = parse_migrations(read_text("/proc/self/sched"));
    now.steal_s = parse_steal_s(read_text("/proc/stat"), may_run_on, static_cast<double>(sysconf(_SC_CLK_TCK)));
    now.frequency_hz = frequency_hz();
    return now;
}

Interference between(const InterferenceCounters& before, const InterferenceCounters& after)
{
    Interference row;
    row.seconds = after.at_s - before.at_s;
    row.involuntary_switches = difference(before.involuntary_switches, after.involuntary_switches);
    row.voluntary_switches = difference(before.voluntary_switches, after.voluntary_switches);
    row.minor_faults = difference(before.minor_faults, after.minor_faults);
    row.major_faults = difference(before.major_faults, after.major_faults);
    row.migrations = difference(before.migrations, after.migrations);
    row.steal_s = difference(before.steal_s, after.steal_s);
    row.frequency_hz = after.frequency_hz;
    return row;
}

}  // namespace plumbline
