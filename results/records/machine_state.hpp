// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// One rank's part of a host probe; absent where it was not taken. A quantum is a fixed chain of dependent arithmetic.
struct RankProbe {
    int rank = 0;
    // The "= {}" lets designated initialisers leave a member out (g++ warns).
    // NOLINTBEGIN(readability-redundant-member-init)
    std::optional<double> alone_best_s = {};  ///< while the host's other ranks sleep
    std::optional<double> alone_median_s = {};
    std::optional<double> together_best_s = {};  ///< while all ranks of the host work
    std::optional<double> together_median_s = {};
    std::optional<double> cache_line_latency_s = {};  ///< a cache line to the core of another rank of the host, one way
    std::optional<double> l1_copy_s = {};  ///< a copy within the core's first cache, while all ranks of the host copy
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const RankProbe&) const = default;
};
/// The hosts as they were at one moment of the run.
struct HostProbe {
    int position = 0;  ///< pieces of work of the run that were done before
    double at_unix_s = 0;
    std::vector<RankProbe> ranks;
    bool operator==(const HostProbe&) const = default;
};

/// Share of the time on all cores that was lost to noise, over the best quantum: 1 - best / median.
std::optional<double> noise_share(const RankProbe& probe);

/// The machine at one moment. Empty where that says nothing: ranks that share cores, a simulated clock.
struct HostSnapshot {
    /// [host that has two ranks] What a cache line takes from the core of one rank to that of another, one way, median
    /// of the host's pairs: tells where the host's cores are to each other.
    std::vector<double> cache_line_latency_s;
    /// [host] What a copy within a core's first cache takes, on the slowest of its ranks' cores: tells whether a core
    /// is shared with other work, which slows what keeps a core's units busy, but no chain of dependent steps.
    std::vector<double> l1_copy_s;
    bool empty() const { return cache_line_latency_s.empty() && l1_copy_s.empty(); }
    bool operator==(const HostSnapshot&) const = default;
};
/// Right before and right after a round.
struct SnapshotPair {
    HostSnapshot before, after;
    bool empty() const { return before.empty(); }
    bool operator==(const SnapshotPair&) const = default;
};

/// A round that began in one state and ended in another.
inline constexpr int between_states = -1;

/// What the looks of a state have in common: medians over them of the slowest host's; absent when not looked at.
struct TypicalSnapshot {
    std::optional<double> cache_line_latency_s, l1_copy_s;
    bool operator==(const TypicalSnapshot&) const = default;
};

TypicalSnapshot typical_look(std::span<const SnapshotPair* const> rounds);

/// The states in which rounds were measured, from the probes of all rounds of a run.
struct MachineStates {
    std::vector<int> of_round;             ///< the state of each round given, 0 the fastest; or between_states
    std::vector<TypicalSnapshot> typical;  ///< [state]
    int common = 0;                        ///< the state that holds most rounds; the first of several
    std::size_t count() const { return typical.size(); }
    std::size_t rounds_in(int state) const;
};

/// A host's cores are elsewhere on the far side of each gap of a factor 1.6 between its sorted lines; a line alone on
/// its side of a gap, among 10 or more, is odd and belongs to no state. A host is crowded while its copies take more
/// than 1.1 times its quickest of the run. A state of the run is a combination of its hosts' lines, crowded if any host
/// is before and after the round; a round is between states when a line changed, or more than one host in ten became
/// crowded or free. Rounds without a probe are in state 0. Pure.
MachineStates find_states(std::span<const SnapshotPair> rounds);

/// The state that holds most rounds, the first of several.
int most_common_state(const MachineStates& states);

/// "2 machine states seen: state 0 in 20 rounds (a cache line to a neighbour 60 ns, a copy within a core 39 ns), state
/// 1 in 3 rounds (61 ns, 55 ns), 1 round between states; numbers are of state 0 where a case has rounds in it". Nothing
/// when nothing was probed.
std::optional<std::string> describe_states(const MachineStates& states);

}  // namespace plumbline
