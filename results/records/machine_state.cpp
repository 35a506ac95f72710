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
#include <set>
#include <utility>

namespace plumbline {
namespace {

constexpr double line_gap = 1.6;
constexpr std::size_t enough_to_call_one_odd = 10;
constexpr int odd = -1;
constexpr double crowded_from = 1.1;        // of the host's quickest copy
constexpr std::size_t changing_hosts = 10;  // one in so many may become crowded or free in a steady round

/// Where the cores of one host are to each other, by the lowest line of each such state.
class LineStates {
public:
    explicit LineStates(const std::set<double>& lines)
    {
        double previous = 0;
        for (const double line : lines) {
            if (members_.empty() || line > previous * line_gap) {
                lowest_.push_back(line);
                members_.push_back(0);
            }
            ++members_.back();
            previous = line;
        }
        may_be_odd_ = lines.size() >= enough_to_call_one_odd;
    }

    /// Of a line that was given.
    int of(double line) const
    {
        const auto above = std::upper_bound(lowest_.begin(), lowest_.end(), line);
        const auto state = static_cast<std::size_t>(std::distance(lowest_.begin(), above)) - 1;
        return may_be_odd_ && members_[state] == 1 ? odd : static_cast<int>(state);
    }

    double lowest(int state) const { return lowest_[static_cast<std::size_t>(state)]; }

private:
    std::vector<double> lowest_;
    std::vector<std::size_t> members_;
    bool may_be_odd_ = false;
};

using Seen = std::vector<double> HostSnapshot::*;

/// For each host what was seen of it in all looks.
std::vector<std::set<double>> seen_of_hosts(std::span<const SnapshotPair> rounds, Seen member)
{
    std::vector<std::set<double>> seen;
    for (const SnapshotPair& round : rounds) {
        for (const HostSnapshot* look : {&round.before, &round.after}) {
            const std::vector<double>& hosts = look->*member;
            seen.resize(std::max(seen.size(), hosts.size()));
            for (std::size_t host = 0; host < hosts.size(); ++host) {
                seen[host].insert(hosts[host]);
            }
        }
    }
    return seen;
}

/// What the machine is in all through a round; states are told apart, and sorted, by it.
struct SteadyState {
    double slowest_line_s = 0;  // the lowest of its kind
    std::vector<int> lines;     // [host]
    bool crowded = false;
    auto operator<=>(const SteadyState&) const = default;
};

/// What all looks of a run say about its hosts.
class Hosts {
public:
    explicit Hosts(std::span<const SnapshotPair> rounds)
    {
        for (const auto& lines : seen_of_hosts(rounds, &HostSnapshot::cache_line_latency_s)) {
            lines_.emplace_back(lines);
        }
        for (const auto& copies : seen_of_hosts(rounds, &HostSnapshot::l1_copy_s)) {
            quickest_copy_s_.push_back(copies.empty() ? 0 : *copies.begin());
        }
    }

    /// Nothing when the state changed or can't be told.
    std::optional<SteadyState> steady_state(const SnapshotPair& round) const
    {
        SteadyState state;
        state.lines = line_states(round.before);
        const bool told = std::find(state.lines.begin(), state.lines.end(), odd) == state.lines.end();
        if (!told || state.lines != line_states(round.after)) {
            return std::nullopt;
        }
        for (std::size_t host = 0; host < state.lines.size(); ++host) {
            state.slowest_line_s = std::max(state.slowest_line_s, lines_[host].lowest(state.lines[host]));
        }
        const std::size_t hosts = std::min(round.before.l1_copy_s.size(), round.after.l1_copy_s.size());
        std::size_t changing = 0;
        for (std::size_t host = 0; host < hosts; ++host) {
            const bool before = is_crowded(round.before, host);
            const bool after = is_crowded(round.after, host);
            changing += before != after ? 1U : 0U;
            state.crowded = state.crowded || (before && after);
        }
        return changing * changing_hosts > hosts ? std::nullopt : std::optional(state);
    }

private:
    std::vector<int> line_states(const HostSnapshot& look) const
    {
        std::vector<int> states;
        for (std::size_t host = 0; host < look.cache_line_latency_s.size(); ++host) {
            states.push_back(lines_[host].of(look.cache_line_latency_s[host]));
        }
        return states;
    }

    bool is_crowded(const HostSnapshot& look, std::size_t host) const
    {
        return look.l1_copy_s[host] > crowded_from * quickest_copy_s_[host];
    }

    std::vector<LineStates> lines_;
    std::vector<double> quickest_copy_s_;
};

/// Median over the looks of the slowest host's.
std::optional<double> typical(std::span<const SnapshotPair* const> rounds, Seen member)
{
    std::vector<double> slowest;
    for (const SnapshotPair* round : rounds) {
        for (const HostSnapshot* look : {&round->before, &round->after}) {
            const std::vector<double>& hosts = look->*member;
            if (!hosts.empty()) {
                slowest.push_back(*std::max_element(hosts.begin(), hosts.end()));
            }
        }
    }
    return median(slowest);
}

/// "a cache line to a neighbour 60 ns, a copy within a core 39 ns"; without `labels` the numbers alone.
std::string text_of(const TypicalSnapshot& look, bool labels)
{
    const std::array seen{std::pair("a cache line to a neighbour ", look.cache_line_latency_s),
                          std::pair("a copy within a core ", look.l1_copy_s)};
    std::string text;
    for (const auto& [label, seconds] : seen) {
        if (seconds) {
            text += fmt::format("{}{}{}", text.empty() ? "" : ", ", labels ? label : "", format_seconds(*seconds));
        }
    }
    return text;
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

TypicalSnapshot typical_look(std::span<const SnapshotPair* const> rounds)
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

MachineStates find_states(std::span<const SnapshotPair> rounds)
{
    const Hosts hosts(rounds);
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
        found.typical.push_back(typical_look(probes));
    }
    for (std::size_t i = 0; i < rounds.size(); ++i) {
        // A round without a probe says nothing of the machine: it is in the first state, whichever that is.
        const auto state = of_round[i] ? members.find(*of_round[i]) : members.end();
        const auto number = static_cast<int>(std::distance(members.begin(), state));
        found.of_round.push_back(!of_round[i] ? between_states : rounds[i].empty() ? 0 : number);
    }
    found.common = most_common_state(found);
    return found;
}

std::optional<std::string> describe_states(const MachineStates& states)
{
    const std::size_t mixed = states.rounds_in(between_states);
    const auto rounds = [](std::size_t count) { return fmt::format("{} round{}", count, count == 1 ? "" : "s"); };
    if (states.count() == 0 && mixed == 0) {
        return std::nullopt;
    }
    if (states.count() == 1 && mixed == 0) {
        return fmt::format("1 machine state seen ({})", text_of(states.typical[0], true));
    }
    std::string counts;
    for (std::size_t state = 0; state < states.count(); ++state) {
        counts +=
            fmt::format("{}state {} in {} ({})", state == 0 ? "" : ", ", state,
                        rounds(states.rounds_in(static_cast<int>(state))), text_of(states.typical[state], state == 0));
    }
    if (mixed > 0) {
        counts += fmt::format("{}{} between states", counts.empty() ? "" : ", ", rounds(mixed));
    }
    return fmt::format("{} machine state{} seen: {}; numbers are of state {} where a case has rounds in it",
                       states.count(), states.count() == 1 ? "" : "s", counts, states.common);
}

}  // namespace plumbline
