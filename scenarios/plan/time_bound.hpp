// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "scenarios/model/scenario.hpp"

#include <cstdint>
#include <map>

namespace plumbline {

/// What the launch can do at the least, for bounds: of its slowest rank, with all ranks at it at once.
struct LaunchRates {
    double call_s = 2e-3;               ///< one small collective among all ranks
    double bytes_per_s = 50e6;          ///< buffer bytes of a rank, in a collective among all ranks
    double memory_bytes_per_s = 100e6;  ///< writing the data of a buffer, or checking it
    std::uint64_t program_bytes = 0;    ///< that the largest rank takes before the first case; 0: not known
    bool measured = false;              ///< on this launch; if not, assumed
    bool operator==(const LaunchRates&) const = default;
};

/// Wall-clock seconds that a plan takes at most on machines that nothing else uses, and what they are made of.
struct TimeBound {
    double sampling_s = 0;    ///< the budgets, max_seconds of each round of each case, and the sample in which they end
    double executions_s = 0;  ///< warm-up, the samples that are taken before time is looked at, executions to verify
    double verifying_s = 0;   ///< making buffers, filling them and checking them
    double setting_up_s = 0;  ///< groups, synchronisation of clocks, probes of the hosts, storing
    double starting_s = 0;    ///< the launch, from its start to its end
    std::map<int, double> of_ranks;  ///< of all cases of so many ranks, the same parts together
    double total_s() const { return sampling_s + executions_s + verifying_s + setting_up_s + starting_s; }
};

/// Pure.
TimeBound bound_time(const Plan& plan, const Scenario& scenario, const LaunchRates& rates);
/// Of one slot: the same parts, of_ranks left empty.
TimeBound bound_slot(const Case& c, const Scenario& scenario, const LaunchRates& rates);

/// Bytes that a rank takes at most: the largest buffers, what a library on hosts takes beside them for reductions,
/// gather and scatter, what a rank keeps of samples (on the rank that gathers them those of all ranks), and the program
/// with its libraries where that was measured. The largest of each, so more than a case takes.
struct MemoryBound {
    std::uint64_t buffers = 0;
    std::uint64_t library = 0;
    std::uint64_t samples = 0;
    std::uint64_t program = 0;              ///< 0: not known
    std::map<int, std::uint64_t> of_ranks;  ///< of the cases of so many ranks, the same parts together
    std::uint64_t total() const { return buffers + library + samples + program; }
};
MemoryBound bound_memory(const Plan& plan, const Scenario& scenario, const LaunchRates& rates);
/// Of one case, without the program; 0 where it is skipped.
std::uint64_t bound_memory(const Case& c, const Scenario& scenario);
/// Of one case: its buffers on the rank that needs most. A chain of MPI's receives into buffers of its own for each of
/// its operations.
std::uint64_t bound_buffers(const Case& c, const Scenario& scenario);

}  // namespace plumbline
