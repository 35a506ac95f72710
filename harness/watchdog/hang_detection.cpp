// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/hang_detection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <utility>

namespace plumbline {

namespace {

constexpr std::size_t most_names = 8;

using Ranks = std::vector<const RankObservation*>;

template <class Predicate>
Ranks those(std::span<const RankObservation> ranks, Predicate predicate)
{
    Ranks chosen;
    for (const RankObservation& rank : ranks) {
        if (rank.watched && !rank.left && predicate(rank)) {
            chosen.push_back(&rank);
        }
    }
    return chosen;
}

std::string names(const Ranks& ranks)
{
    std::vector<std::string> shown;
    for (std::size_t i = 0; i < ranks.size() && i < most_names; ++i) {
        shown.push_back(ranks[i]->name);
    }
    const std::string more =
        ranks.size() > most_names ? fmt::format(" and {} more", ranks.size() - most_names) : std::string();
    return fmt::format("{}{}", fmt::join(shown, ", "), more);
}

std::string what(const RankState& state, const WorkName& work)
{
    switch (state.phase) {
        case RankPhase::preparing:
            return fmt::format("prepares {}", work(state.position));
        case RankPhase::aligning:
            return fmt::format("waits for the start of {} #{}", work(state.position), state.sample);
        case RankPhase::timed:
            return fmt::format("is inside {} #{}", work(state.position), state.sample);
        case RankPhase::communicating:
            return fmt::format("exchanges results of {} up to #{}", work(state.position), state.sample);
        case RankPhase::done:
            return fmt::format("has finished {}", work(state.position));
    }
    return {};
}

std::vector<std::string> dump(std::span<const RankObservation> ranks, const WorkName& work)
{
    std::map<std::pair<std::uint64_t, std::string>, Ranks> alike;
    for (const RankObservation& rank : ranks) {
        const std::string note = !rank.watched ? "not watched" : rank.left ? "ended" : rank.died ? "died" : "";
        alike[{RankStatus::pack(rank.state), note}].push_back(&rank);
    }
    std::vector<std::string> lines;
    for (const auto& [key, group] : alike) {
        const auto shortest = *std::min_element(
            group.begin(), group.end(),
            [](const RankObservation* a, const RankObservation* b) { return a->unchanged_s < b->unchanged_s; });
        const std::string doing =
            key.second.empty()
                ? fmt::format("{} for {:.0f} s", what(RankStatus::unpack(key.first), work), shortest->unchanged_s)
                : key.second + (key.second == "died" ? ", last: " + what(RankStatus::unpack(key.first), work) : "");
        lines.push_back(fmt::format("{}: {}", names(group), doing));
    }
    return lines;
}

std::string plural(const Ranks& ranks, const char* one, const char* many)
{
    return ranks.size() == 1 ? one : many;
}

/// The sentence that names the ranks which are behind, when no rank makes progress.
std::string who_is_behind(const Ranks& ranks, double idle_s, const WorkName& work)
{
    const RankState least =
        (*std::min_element(ranks.begin(), ranks.end(), [](const RankObservation* a, const RankObservation* b) {
            return a->state < b->state;
        }))->state;
    Ranks behind;
    Ranks ahead;
    for (const RankObservation* rank : ranks) {
        (rank->state == least ? behind : ahead).push_back(rank);
    }
    if (ahead.empty()) {
        return fmt::format("every rank {} for {:.0f} s, and none makes progress (the library or the network hangs)",
                           what(least, work), idle_s);
    }
    const RankState next =
        (*std::min_element(ahead.begin(), ahead.end(), [](const RankObservation* a, const RankObservation* b) {
            return a->state < b->state;
        }))->state;
    const std::string missed = next.phase == RankPhase::timed && next.position == least.position
                                   ? fmt::format("not entered {} #{}", work(next.position), next.sample)
                                   : fmt::format("made no progress for {:.0f} s: it {}", idle_s, what(least, work));
    const bool entered = next.phase == RankPhase::timed && next.position == least.position;
    return fmt::format("{} {} {}{}; {} {} for {}", names(behind), plural(behind, "has", "have"), missed,
                       entered ? fmt::format(" for {:.0f} s", idle_s) : "", names(ahead),
                       plural(ahead, "waits", "wait"), plural(behind, "it", "them"));
}

}  // namespace

std::optional<HangReport> detect_hang(std::span<const RankObservation> ranks, double bound_s, const WorkName& work)
{
    const auto report = [&](std::string sentence) { return HangReport{std::move(sentence), dump(ranks, work)}; };
    if (const Ranks dead = those(ranks, [](const RankObservation& r) { return r.died; }); !dead.empty()) {
        return report(fmt::format("{} died (it {})", names(dead), what(dead.front()->state, work)));
    }
    if (const Ranks silent = those(ranks, [&](const RankObservation& r) { return r.silent_s > bound_s; });
        !silent.empty()) {
        return report(fmt::format("{} {} been silent for {:.0f} s (stopped, or the host is gone); last heard, it {}",
                                  names(silent), plural(silent, "has", "have"), silent.front()->silent_s,
                                  what(silent.front()->state, work)));
    }
    const Ranks going = those(ranks, [](const RankObservation&) { return true; });
    double idle_s = bound_s + 1;
    for (const RankObservation* rank : going) {
        idle_s = std::min(idle_s, rank->unchanged_s);
    }
    if (going.empty() || idle_s <= bound_s) {
        return std::nullopt;
    }
    const auto newest = std::min_element(
        going.begin(), going.end(),
        [](const RankObservation* a, const RankObservation* b) { return a->unchanged_s < b->unchanged_s; });
    return report(who_is_behind(going, (*newest)->unchanged_s, work));
}

}  // namespace plumbline
