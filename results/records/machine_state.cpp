// SPDX-License-Identifier: Apache-2.0
#include "results/records/machine_state.hpp"

#include "collectives/util/units.hpp"
#include "results/statistics/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <compare>
#include <iterator>
#include <map>
#include <utility>

namespace plumbline {
namespace {

constexpr double latency_gap = 1.6;
constexpr std::size_t enough_for_outliers = 10;
constexpr int outlier = -1;
constexpr double contended_from = 1.1;      // times the host's fastest copy
constexpr std::size_t changing_hosts = 10;  // one in so many may change in a steady round

/// How the cores of one host lie to each other: groups of its cache-line latencies, each named by its lowest.
class CorePlacements {
public:
    /// Sorted, each once.
    explicit CorePlacements(std::span<const double> latencies)
    {
        double previous = 0;
        for (const double latency : latencies) {
            if (members_.empty() || latency > previous * latency_gap) {
                lowest_.push_back(latency);
                members_.push_back(0);
            }
            ++members_.back();
            previous = latency;
        }
        has_outliers_ = latencies.size() >= enough_for_outliers;
        const auto most = std::ranges::max_element(members_);
        usual_ = most == members_.end() ? 0 : static_cast<int>(std::distance(members_.begin(), most));
    }

    /// The placement that most of its latencies are of.
    int usual() const { return usual_; }

    /// Of one of the latencies given; `outlier` where it stands alone.
    int of(double latency) const
    {
        const auto above = std::upper_bound(lowest_.begin(), lowest_.end(), latency);
        const auto state = static_cast<std::size_t>(std::distance(lowest_.begin(), above)) - 1;
        return has_outliers_ && members_[state] == 1 ? outlier : static_cast<int>(state);
    }

    double lowest(int state) const { return lowest_[static_cast<std::size_t>(state)]; }

private:
    std::vector<double> lowest_;
    std::vector<std::size_t> members_;
    bool has_outliers_ = false;
    int usual_ = 0;
};

using SnapshotMember = std::vector<double> HostSnapshot::*;

/// [host] Its values in all snapshots, sorted, each once.
std::vector<std::vector<double>> values_of_hosts(std::span<const SnapshotPair> rounds, SnapshotMember member)
{
    std::vector<std::vector<double>> values;
    for (const SnapshotPair& round : rounds) {
        for (const HostSnapshot* snapshot : {&round.before, &round.after}) {
            const std::vector<double>& hosts = snapshot->*member;
            values.resize(std::max(values.size(), hosts.size()));
            for (std::size_t host = 0; host < hosts.size(); ++host) {
                values[host].push_back(hosts[host]);
            }
        }
    }
    for (std::vector<double>& of_host : values) {
        std::ranges::sort(of_host);
        of_host.erase(std::unique(of_host.begin(), of_host.end()), of_host.end());
    }
    return values;
}

/// A state that lasts through a round. States are compared and sorted by it.
struct SteadyState {
    double slowest_latency_s = 0;  // the lowest of its placement
    std::vector<int> placements;   // [host]
    bool contended = false;
    auto operator<=>(const SteadyState&) const = default;
};

/// What all snapshots of a run say about its hosts.
class Hosts {
public:
    Hosts(std::span<const SnapshotPair> rounds, StateRule rule) : rule_(rule)
    {
        for (const auto& latencies : values_of_hosts(rounds, &HostSnapshot::cache_line_latency_s)) {
            placements_.emplace_back(latencies);
        }
        for (const auto& copies : values_of_hosts(rounds, &HostSnapshot::l1_copy_s)) {
            fastest_copy_s_.push_back(copies.empty() ? 0 : copies.front());
        }
    }

    /// Nothing when the state changed or is not known.
    std::optional<SteadyState> steady_state(const SnapshotPair& round) const
    {
        SteadyState state;
        state.placements = placements_in(round.before);
        const std::vector<int> at_end = placements_in(round.after);
        if (state.placements.size() != at_end.size()) {
            return std::nullopt;
        }
        std::size_t moving = 0;
        for (std::size_t host = 0; host < at_end.size(); ++host) {
            if (state.placements[host] == outlier || state.placements[host] != at_end[host]) {
                state.placements[host] = placements_[host].usual();
                ++moving;
            }
        }
        if (moving * (rule_ == StateRule::any_host ? at_end.size() + 1 : changing_hosts) > at_end.size()) {
            return std::nullopt;
        }
        for (std::size_t host = 0; host < state.placements.size(); ++host) {
            state.slowest_latency_s =
                std::max(state.slowest_latency_s, placements_[host].lowest(state.placements[host]));
        }
        const std::size_t hosts = std::min(round.before.l1_copy_s.size(), round.after.l1_copy_s.size());
        std::size_t changing = 0;
        for (std::size_t host = 0; host < hosts; ++host) {
            const bool before = is_contended(round.before, host);
            const bool after = is_contended(round.after, host);
            changing += before != after ? 1U : 0U;
            state.contended = state.contended || (before && after);
        }
        return changing * changing_hosts > hosts ? std::nullopt : std::optional(state);
    }

private:
    std::vector<int> placements_in(const HostSnapshot& snapshot) const
    {
        std::vector<int> states;
        for (std::size_t host = 0; host < snapshot.cache_line_latency_s.size(); ++host) {
            states.push_back(placements_[host].of(snapshot.cache_line_latency_s[host]));
        }
        return states;
    }

    bool is_contended(const HostSnapshot& snapshot, std::size_t host) const
    {
        return snapshot.l1_copy_s[host] > contended_from * fastest_copy_s_[host];
    }

    StateRule rule_;
    std::vector<CorePlacements> placements_;
    std::vector<double> fastest_copy_s_;
};

/// Median, over the snapshots, of the slowest host's value.
std::optional<double> typical(std::span<const SnapshotPair* const> rounds, SnapshotMember member)
{
    std::vector<double> slowest;
    for (const SnapshotPair* round : rounds) {
        for (const HostSnapshot* snapshot : {&round->before, &round->after}) {
            const std::vector<double>& hosts = snapshot->*member;
            if (!hosts.empty()) {
                slowest.push_back(*std::max_element(hosts.begin(), hosts.end()));
            }
        }
    }
    return median(slowest);
}

/// "a cache line to a neighbour 60 ns, a copy within a core 39 ns"; without `labels` the numbers alone.
Sentence text_of(const TypicalSnapshot& snapshot, bool labels)
{
    std::vector<Sentence> parts;
    if (const auto seconds = snapshot.cache_line_latency_s) {
        const std::string time = format_seconds(*seconds);
        parts.push_back(labels ? say("a cache line to a neighbour {}", time) : time);
    }
    if (const auto seconds = snapshot.l1_copy_s) {
        const std::string time = format_seconds(*seconds);
        parts.push_back(labels ? say("a copy within a core {}", time) : time);
    }
    return list_of(parts);
}

}  // namespace

std::optional<double> noise_share(const RankProbe& probe)
{
    const bool known = probe.together_best_s && probe.together_median_s && *probe.together_median_s > 0;
    return known ? std::optional(1 - *probe.together_best_s / *probe.together_median_s) : std::nullopt;
}

std::size_t MachineStates::rounds_in(int state) const
{
    return static_cast<std::size_t>(std::count(of_round.begin(), of_round.end(), state));
}

TypicalSnapshot typical_snapshot(std::span<const SnapshotPair* const> rounds)
{
    return {.cache_line_latency_s = typical(rounds, &HostSnapshot::cache_line_latency_s),
            .l1_copy_s = typical(rounds, &HostSnapshot::l1_copy_s)};
}

int most_common_state(const MachineStates& states)
{
    int common = 0;
    for (std::size_t state = 1; state < states.count(); ++state) {
        const int candidate = static_cast<int>(state);
        common = states.rounds_in(candidate) > states.rounds_in(common) ? candidate : common;
    }
    return common;
}

MachineStates find_states(std::span<const SnapshotPair> rounds, StateRule rule)
{
    const Hosts hosts(rounds, rule);
    std::vector<std::optional<SteadyState>> of_round;
    std::map<SteadyState, std::vector<const SnapshotPair*>> members;  // the fastest state first
    for (const SnapshotPair& round : rounds) {
        of_round.push_back(hosts.steady_state(round));
        if (of_round.back() && !round.empty()) {
            members[*of_round.back()].push_back(&round);
        }
    }
    MachineStates found;
    for (const auto& [state, probes] : members) {
        found.typical.push_back(typical_snapshot(probes));
    }
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        // A round without a snapshot says nothing of the machine: it counts as in the first state.
        const auto state = of_round[i] ? members.find(*of_round[i]) : members.end();
        const auto number = static_cast<int>(std::distance(members.begin(), state));
        found.of_round.push_back(!of_round[i] ? between_states : rounds[i].empty() ? 0 : number);
    }
    found.common = most_common_state(found);
    return found;
}

std::optional<Sentence> describe_states(const MachineStates& states)
{
    const std::size_t mixed = states.rounds_in(between_states);
    const auto rounds = [](std::size_t count) {
        return count_said(static_cast<long long>(count), "{} round", "{} rounds");
    };
    if (states.count() == 0 && mixed == 0) {
        return std::nullopt;
    }
    if (states.count() == 1 && mixed == 0) {
        return say("1 machine state seen ({})", text_of(states.typical[0], true));
    }
    std::vector<Sentence> counts;
    for (std::size_t state = 0; state < states.count(); ++state) {
        counts.push_back(say("state {} in {} ({})", state, rounds(states.rounds_in(static_cast<int>(state))),
                             text_of(states.typical[state], state == 0)));
    }
    if (mixed > 0) {
        counts.push_back(say("{} between states", rounds(mixed)));
    }
    return say("{}: {}; numbers are of state {} where a case has rounds in it",
               count_said(static_cast<long long>(states.count()), "{} machine state seen", "{} machine states seen"),
               list_of(counts), states.common);
}

}  // namespace plumbline
