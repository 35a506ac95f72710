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
    std::optional<double> neighbour_s = {};  ///< a cache line to the core of another rank of the host, one way
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

/// The machine right before and right after a round: for each host what a cache line takes from the core of one
/// rank to that of another, one way. Empty where that says nothing: no two ranks on any host, ranks that share cores, a
/// simulated clock.
struct StateProbe {
    std::vector<double> before_s, after_s;  ///< [host that has two ranks]
    bool operator==(const StateProbe&) const = default;
};

/// A round that began in one state and ended in another.
inline constexpr int between_states = -1;

/// The states in which rounds were measured, from the probes of all rounds of a run.
struct MachineStates {
    std::vector<int> of_round;      ///< the state of each round given, 0 the fastest; or between_states
    std::vector<double> typical_s;  ///< [state] median over its probes of the slowest host's
    int common = 0;                 ///< the state that holds most rounds; the first of several
    std::size_t count() const { return typical_s.size(); }
    std::size_t rounds_in(int state) const;
};

/// A host has another state on the far side of each gap of a factor 2 between its sorted probes; a probe alone on its
/// side of a gap, among 10 or more, is odd and belongs to none. A state of the run is a combination of its hosts'
/// states. Rounds without a probe are in state 0. Pure.
MachineStates find_states(std::span<const StateProbe> rounds);

/// The state that holds most rounds, the first of several.
int most_common_state(const MachineStates& states);

/// "2 machine states seen (a cache line to a neighbour 70 ns, 230 ns): state 0 in 20 rounds, state 1 in 3 rounds, 1
/// round between states; numbers are of state 0 where a case has rounds in it". Nothing when nothing was
/// probed.
std::optional<std::string> describe_states(const MachineStates& states);

}  // namespace plumbline
