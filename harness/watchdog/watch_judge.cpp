// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace plumbline {

bool WatchJudge::looks_wrong(std::span<const WatchedRank> known, double now_s)
{
    of_rank_.assign(watched_.size(), nullptr);
    for (const WatchedRank& each : known) {
        of_rank_[static_cast<std::size_t>(each.rank)] = &each;
    }
    bool wrong = false;
    double idle_s = bound_s_ + 1;
    bool any = false;
    for (std::size_t rank = 0; rank < of_rank_.size(); ++rank) {
        const WatchedRank& each = *of_rank_[rank];
        const int relay = tree_.parent[rank];  // a lower rank
        if (relay > 0) {
            const auto above = static_cast<std::size_t>(relay);
            excused_[rank] =
                static_cast<char>(excused_[above] != 0 || of_rank_[above]->fate != WatchEntry::Fate::alive ||
                                  now_s - of_rank_[above]->heard_s > bound_s_ / 2);
        }
        if (watched_[rank] == 0 || each.fate == WatchEntry::Fate::left) {
            continue;
        }
        if (each.fate == WatchEntry::Fate::died) {
            return true;
        }
        if (excused_[rank] == 0) {
            any = true;
            wrong = wrong || now_s - each.heard_s > bound_s_;
            idle_s = std::min(idle_s, now_s - each.changed_s);
        }
    }
    return wrong || (any && idle_s > bound_s_);
}

std::optional<HangReport> WatchJudge::check(std::span<const WatchedRank> known, double now_s, const WorkName& work)
{
    if (!looks_wrong(known, now_s)) {
        return std::nullopt;
    }
    std::vector<RankObservation> seen(watched_.size());
    for (std::size_t rank = 0; rank < seen.size(); ++rank) {
        const WatchedRank& each = *of_rank_[rank];
        const bool died = each.fate == WatchEntry::Fate::died;
        seen[rank] = {.name = rank < names_.size() ? names_[rank] : fmt::format("rank {}", rank),
                      .watched = watched_[rank] != 0 && (died || excused_[rank] == 0),
                      .left = each.fate == WatchEntry::Fate::left,
                      .died = died,
                      .silent_s = now_s - each.heard_s,
                      .unchanged_s = now_s - each.changed_s,
                      .state = RankStatus::unpack(each.word)};
    }
    return detect_hang(seen, bound_s_, work);
}

WatchJudge::Look WatchJudge::look(WatchNode& node, double now_s, std::uint64_t own, double tick_s, const WorkName& work)
{
    node.set_own(own, now_s);
    if (now_s - last_tick_s_ >= tick_s) {
        last_tick_s_ = now_s;
        node.begin_beat();
        return {.over = false, .report = check(node.known(), now_s, work)};
    }
    if (node.beats_are_due()) {
        node.beat_some(0);
        return {.over = false, .report = std::nullopt};
    }
    const auto news = node.look(now_s);
    return {.over = news.over, .report = news.died ? check(node.known(), now_s, work) : std::nullopt};
}

}  // namespace plumbline
