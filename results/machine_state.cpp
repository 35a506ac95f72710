#include "results/machine_state.hpp"

#include "collectives/units.hpp"
#include "results/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace plumbline {
namespace {

constexpr double state_gap = 2;
constexpr std::size_t enough_to_call_one_odd = 10;
constexpr int odd = -1;

/// The states of one host by the lowest probe of each.
class HostStates {
public:
    explicit HostStates(std::set<double> probes)
    {
        double previous = 0;
        for (const double probe : probes) {
            if (members_.empty() || probe > previous * state_gap) {
                lowest_.push_back(probe);
                members_.push_back(0);
            }
            ++members_.back();
            previous = probe;
        }
        may_be_odd_ = probes.size() >= enough_to_call_one_odd;
    }

    /// Of a probe that was given.
    int of(double probe) const
    {
        const auto above = std::upper_bound(lowest_.begin(), lowest_.end(), probe);
        const auto state = static_cast<std::size_t>(std::distance(lowest_.begin(), above)) - 1;
        return may_be_odd_ && members_[state] == 1 ? odd : static_cast<int>(state);
    }

private:
    std::vector<double> lowest_;
    std::vector<std::size_t> members_;
    bool may_be_odd_ = false;
};

std::size_t hosts_in(std::span<const StateProbe> rounds)
{
    std::size_t hosts = 0;
    for (const StateProbe& round : rounds) {
        hosts = std::max({hosts, round.before_s.size(), round.after_s.size()});
    }
    return hosts;
}

std::vector<HostStates> states_of_hosts(std::span<const StateProbe> rounds)
{
    std::vector<HostStates> states;
    for (std::size_t host = 0; host < hosts_in(rounds); ++host) {
        std::set<double> probes;
        for (const StateProbe& round : rounds) {
            for (const auto* side : {&round.before_s, &round.after_s}) {
                if (host < side->size()) {
                    probes.insert((*side)[host]);
                }
            }
        }
        states.emplace_back(std::move(probes));
    }
    return states;
}

using Combination = std::vector<int>;

Combination combination(const std::vector<HostStates>& hosts, const std::vector<double>& probes)
{
    Combination states;
    for (std::size_t host = 0; host < probes.size(); ++host) {
        states.push_back(hosts[host].of(probes[host]));
    }
    return states;
}

/// The state all through the round; nothing when it changed or can't be told.
std::optional<Combination> steady_state(const std::vector<HostStates>& hosts, const StateProbe& round)
{
    auto before = combination(hosts, round.before_s);
    const bool told = std::find(before.begin(), before.end(), odd) == before.end();
    return told && before == combination(hosts, round.after_s) ? std::optional(std::move(before)) : std::nullopt;
}

double slowest_host(const std::vector<double>& probes)
{
    return probes.empty() ? 0 : *std::max_element(probes.begin(), probes.end());
}

/// Numbers the states anew, the fastest 0, so that they mean the same in other runs as far as can be.
void sort_by_speed(MachineStates& states, const std::vector<std::vector<double>>& probes)
{
    std::vector<std::pair<double, int>> typical;
    for (std::size_t state = 0; state < probes.size(); ++state) {
        typical.emplace_back(median(probes[state]).value_or(0), static_cast<int>(state));
    }
    std::sort(typical.begin(), typical.end());
    std::vector<int> rank_of(typical.size());
    for (std::size_t rank = 0; rank < typical.size(); ++rank) {
        states.typical_s.push_back(typical[rank].first);
        rank_of[static_cast<std::size_t>(typical[rank].second)] = static_cast<int>(rank);
    }
    for (int& state : states.of_round) {
        state = state == between_states ? state : rank_of[static_cast<std::size_t>(state)];
    }
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

int most_common_state(const MachineStates& states)
{
    int common = 0;
    for (std::size_t state = 1; state < states.count(); ++state) {
        const int candidate = static_cast<int>(state);
        common = states.rounds_in(candidate) > states.rounds_in(common) ? candidate : common;
    }
    return common;
}

MachineStates find_states(std::span<const StateProbe> rounds)
{
    MachineStates found;
    const auto hosts = states_of_hosts(rounds);
    std::map<Combination, int> known;
    std::vector<std::vector<double>> probes;
    for (const StateProbe& round : rounds) {
        const auto state = round.before_s.empty() ? Combination{} : steady_state(hosts, round);
        if (!state) {
            found.of_round.push_back(between_states);
            continue;
        }
        // A round without a probe says nothing of the machine: it is in the first state, whichever that is.
        const auto entry =
            state->empty() ? std::pair(known.end(), false) : known.emplace(*state, static_cast<int>(known.size()));
        const int label = state->empty() ? 0 : entry.first->second;
        found.of_round.push_back(label);
        probes.resize(std::max(probes.size(), static_cast<std::size_t>(label) + 1));
        if (!state->empty()) {
            probes[static_cast<std::size_t>(label)].push_back(slowest_host(round.before_s));
            probes[static_cast<std::size_t>(label)].push_back(slowest_host(round.after_s));
        }
    }
    sort_by_speed(found, probes);
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
        return states.typical_s[0] > 0
                   ? std::optional(fmt::format("1 machine state seen (a cache line to a neighbour {})",
                                               format_seconds(states.typical_s[0])))
                   : std::nullopt;
    }
    std::string typical;
    std::string counts;
    for (std::size_t state = 0; state < states.count(); ++state) {
        typical += (state == 0 ? "" : ", ") + format_seconds(states.typical_s[state]);
        counts += fmt::format("{}state {} in {}", state == 0 ? "" : ", ", state,
                              rounds(states.rounds_in(static_cast<int>(state))));
    }
    if (mixed > 0) {
        counts += fmt::format("{}{} between states", counts.empty() ? "" : ", ", rounds(mixed));
    }
    return fmt::format("{} machine state{} seen{}: {}; numbers are of state {} where a case has rounds in it",
                       states.count(), states.count() == 1 ? "" : "s",
                       typical.empty() ? "" : fmt::format(" (a cache line to a neighbour {})", typical), counts,
                       states.common);
}

}  // namespace plumbline
