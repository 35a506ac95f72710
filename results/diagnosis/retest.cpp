// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/retest.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iterator>
#include <numeric>

namespace plumbline {
namespace {

/// Calls visit(from, to) for the messages of a matching that count.
template <class Visit>
void for_each_evidence(const PairwiseSchedule& schedule, int round, const RankNodes& nodes, Visit visit)
{
    for (int rank = 0; rank < std::ssize(nodes.of_rank); ++rank) {
        const auto peer = schedule.partner(round, rank);
        if (peer && is_evidence(rank, *peer, nodes)) {
            visit(rank, *peer);
        }
    }
}

/// The most messages of a matching that go through the suspect at once, in one of its directions.
int load_on(const Suspect& suspect, const PairwiseSchedule& schedule, int round, const RankNodes& nodes)
{
    std::array<Suspect, 2> ways{suspect, suspect};
    ways[0].way = LinkDirection::out;
    ways[1].way = LinkDirection::in;
    std::array<std::array<int, 2>, 2> messages{};  // [way][phase]
    for_each_evidence(schedule, round, nodes, [&](int from, int to) {
        if (!concerns(suspect, from, to, nodes)) {
            return;
        }
        const std::size_t way = concerns(ways[0], from, to, nodes) ? 0 : 1;
        ++messages.at(way).at(static_cast<std::size_t>(schedule.phase(round, from)));
    });
    return std::max({messages[0][0], messages[0][1], messages[1][0], messages[1][1]});
}

struct LoadedMatching {
    int round = 0;
    int load = 0;  ///< messages
};

/// The load that the middle one of all messages had, each matching's load being that of as many. `loaded` isn't empty.
int usual_load(std::vector<LoadedMatching> loaded)
{
    std::ranges::sort(loaded, {}, &LoadedMatching::load);
    const auto add = [](int sum, const LoadedMatching& matching) { return sum + matching.load; };
    const int all = std::accumulate(loaded.begin(), loaded.end(), 0, add);
    int so_far = 0;
    const auto middle = std::ranges::find_if(loaded, [&](const LoadedMatching& matching) {
        so_far += matching.load;
        return 2 * so_far >= all;
    });
    return middle->load;
}

/// Up to `wanted` matchings with the load that is usual, or nearest to it; of equal ones the first.
std::vector<int> usual_matchings(int wanted, const PairwiseSchedule& schedule,
                                 const std::function<int(int round)>& load_of)
{
    std::vector<LoadedMatching> loaded;
    for (int round = 0; round < schedule.rounds(); ++round) {
        if (const int load = load_of(round); load > 0) {
            loaded.push_back({.round = round, .load = load});
        }
    }
    std::vector<int> rounds;
    if (!loaded.empty()) {
        const int usual = usual_load(loaded);
        std::ranges::stable_sort(loaded, {},
                                 [&](const LoadedMatching& matching) { return std::abs(matching.load - usual); });
        loaded.resize(std::min(loaded.size(), static_cast<std::size_t>(wanted)));
        std::ranges::transform(loaded, std::back_inserter(rounds), &LoadedMatching::round);
    }
    return rounds;
}

}  // namespace

std::vector<int> matchings_to_retest(const PairwiseSchedule& schedule, std::span<const Suspect> suspects,
                                     const RankNodes& nodes)
{
    std::vector<int> rounds;
    for (const Suspect& suspect : suspects) {
        const auto chosen = usual_matchings(matchings_per_suspect, schedule,
                                            [&](int round) { return load_on(suspect, schedule, round, nodes); });
        rounds.insert(rounds.end(), chosen.begin(), chosen.end());
    }
    const auto well = [&](int round) {
        int messages = 0;
        for_each_evidence(schedule, round, nodes, [&](int from, int to) {
            messages += std::none_of(suspects.begin(), suspects.end(),
                                     [&](const Suspect& suspect) { return concerns(suspect, from, to, nodes); })
                            ? 1
                            : 0;
        });
        return messages;
    };
    if (!rounds.empty() && std::none_of(rounds.begin(), rounds.end(), [&](int round) { return well(round) > 0; })) {
        const auto chosen = usual_matchings(1, schedule, well);
        rounds.insert(rounds.end(), chosen.begin(), chosen.end());
    }
    std::sort(rounds.begin(), rounds.end());
    rounds.erase(std::unique(rounds.begin(), rounds.end()), rounds.end());
    return rounds;
}

}  // namespace plumbline
