#pragma once

#include "results/records/interference.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// This process' counters since it began; absent where the system doesn't tell. Taking one costs some 50 us: outside
/// timed regions only.
struct InterferenceCounters {
    double at_s = 0;
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<double> involuntary_switches = {};  ///< this and the next three: getrusage
    std::optional<double> voluntary_switches = {};
    std::optional<double> minor_faults = {};
    std::optional<double> major_faults = {};
    std::optional<double> migrations = {};    ///< se.nr_migrations of /proc/self/sched
    std::optional<double> steal_s = {};       ///< /proc/stat, mean of the cores that the process may run on
    std::optional<double> frequency_hz = {};  ///< scaling_cur_freq of the core that it is on, as it is now
    // NOLINTEND(readability-redundant-member-init)
};
InterferenceCounters read_interference_counters();

/// What happened between two readings; the frequency is the later one's.
Interference between(const InterferenceCounters& before, const InterferenceCounters& after);

/// nr_migrations in the text of /proc/self/sched; nothing when it isn't there.
std::optional<double> parse_migrations(std::string_view sched);
/// Seconds stolen, mean of the cores in the text of /proc/stat that `allowed` says yes to; nothing for kernels that
/// don't count it or when there is none of these cores.
std::optional<double> parse_steal_s(std::string_view stat, bool (*allowed)(int core), double ticks_per_s);

}  // namespace plumbline
