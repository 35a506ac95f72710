// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What one rank measured in a host probe; absent values were not measured. A quantum is a fixed chain of dependent
/// arithmetic.
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
/// The state of all hosts at one moment of the run.
struct HostProbe {
    int position = 0;  ///< slots of the plan that were executed before it
    double at_unix_s = 0;
    std::vector<RankProbe> ranks;
    bool operator==(const HostProbe&) const = default;
};

/// Share of the time that noise took while all ranks worked: 1 - best / median of a quantum.
std::optional<double> noise_share(const RankProbe& probe);

/// Two quick measurements of the hosts at one moment. Empty where they mean nothing: ranks that share cores, a
/// simulated clock.
struct HostSnapshot {
    /// [host with two ranks or more] One-way latency of a cache line between the cores of two ranks, median over the
    /// host's pairs. It shows how the host's cores lie to each other.
    std::vector<double> cache_line_latency_s;
    /// [host] Time of a copy within the L1 cache, on the slowest of its ranks' cores. It shows whether a core is shared
    /// with other work, which slows independent instructions and leaves a chain of dependent ones alone.
    std::vector<double> l1_copy_s;
    bool empty() const { return cache_line_latency_s.empty() && l1_copy_s.empty(); }
    bool operator==(const HostSnapshot&) const = default;
};
/// Taken right before and right after a round.
struct SnapshotPair {
    HostSnapshot before, after;
    bool empty() const { return before.empty(); }
    bool operator==(const SnapshotPair&) const = default;
};

/// A round that began in one state and ended in another.
inline constexpr int between_states = -1;

/// Medians, over the snapshots of a state, of the slowest host's values; absent where nothing was measured.
struct TypicalSnapshot {
    std::optional<double> cache_line_latency_s, l1_copy_s;
    bool operator==(const TypicalSnapshot&) const = default;
};

TypicalSnapshot typical_snapshot(std::span<const SnapshotPair* const> rounds);

/// The states in which rounds were measured, from the probes of all rounds of a run.
struct MachineStates {
    std::vector<int> of_round;             ///< the state of each round given, 0 the fastest; or between_states
    std::vector<TypicalSnapshot> typical;  ///< [state]
    int common = 0;                        ///< the state with the most rounds; the first of several
    std::size_t count() const { return typical.size(); }
    std::size_t rounds_in(int state) const;
};

/// Which rounds have no state; the values are in files.
enum class StateRule : std::uint8_t {
    any_host = 1,        ///< a placement changed on any host: of older files
    share_of_hosts = 2,  ///< one changed on more than one host in ten
};

/// Sorts rounds into states of the machine.
/// * The cache-line latencies of a host are sorted; a gap of a factor 1.6 separates two placements of its cores. A
///   single latency on its side of a gap, among 10 or more, is an outlier and belongs to no state.
/// * A host is contended while its copies take more than 1.1 times its fastest copy of the run.
/// * A state is the placement of every host, and whether any host was contended both before and after the round.
/// * A round is between states when the placement changed or was odd on more than one host in ten, or when more than
/// one
///   in ten became contended or free. Of many hosts one always is; those few count as being in their usual placement.
/// * Rounds without a snapshot are in state 0.
/// Pure.
MachineStates find_states(std::span<const SnapshotPair> rounds, StateRule rule = StateRule::share_of_hosts);

/// The state with the most rounds; the first of several.
int most_common_state(const MachineStates& states);

/// "2 machine states seen: state 0 in 20 rounds (a cache line to a neighbour 60 ns, a copy within a core 39 ns), state
/// 1 in 3 rounds (61 ns, 55 ns), 1 round between states; numbers are of state 0 where a case has rounds in it". Nothing
/// when nothing was probed.
std::optional<Sentence> describe_states(const MachineStates& states);

}  // namespace plumbline
