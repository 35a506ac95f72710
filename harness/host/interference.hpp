// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/interference.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Counters of OS noise of this process since it began; absent where the system has none. A reading takes some 50 us,
/// so it is taken outside timed regions only.
struct InterferenceCounters {
    double at_s = 0;
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<double> involuntary_switches = {};  ///< this and the next three: getrusage
    std::optional<double> voluntary_switches = {};
    std::optional<double> minor_faults = {};
    std::optional<double> major_faults = {};
    std::optional<double> migrations = {};    ///< se.nr_migrations of /proc/self/sched
    std::optional<double> steal_s = {};       ///< /proc/stat, mean over the cores that the process may run on
    std::optional<double> frequency_hz = {};  ///< scaling_cur_freq of the present core
    // NOLINTEND(readability-redundant-member-init)
};
InterferenceCounters read_interference_counters();

/// The difference of two readings; the frequency is that of the later one.
Interference between(const InterferenceCounters& before, const InterferenceCounters& after);

/// nr_migrations in the text of /proc/self/sched; nothing where it is missing.
std::optional<double> parse_migrations(std::string_view sched);
/// Seconds stolen, mean over the cores in the text of /proc/stat that are `allowed`; nothing for kernels that don't
/// count it, or without such a core.
std::optional<double> parse_steal_s(std::string_view stat, bool (*allowed)(int core), double ticks_per_s);

}  // namespace plumbline
