// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watch_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace plumbline {

void WatchJudge::prepare(std::span<const WatchedRank> known)
{
    at_.resize(watched_.size());
    for (std::size_t i = 0; i < known.size(); ++i) {
        at_[static_cast<std::size_t>(known[i].rank)] = static_cast<std::uint32_t>(i);
    }
}

void WatchJudge::begin()
{
    judging_ = true;
    next_ = 0;
    dead_ = silent_ = any_ = false;
    idle_s_ = bound_s_ + 1;
}

void WatchJudge::judge_one(std::span<const WatchedRank> known, std::size_t rank, double now_s)
{
    const WatchedRank& each = known[at_[rank]];
    const int relay = tree_.parent[rank];  // a lower rank, judged before
    if (relay > 0) {
        const auto above = static_cast<std::size_t>(relay);
        const WatchedRank& relaying = known[at_[above]];
        excused_[rank] = static_cast<char>(excused_[above] != 0 || relaying.fate != WatchEntry::Fate::alive ||
                                           now_s - relaying.heard_s > bound_s_ / 2);
    }
    if (watched_[rank] == 0 || each.fate == WatchEntry::Fate::left) {
        return;
    }
    if (each.fate == WatchEntry::Fate::died) {
        dead_ = true;
    } else if (excused_[rank] == 0) {
        any_ = true;
        silent_ = silent_ || now_s - each.heard_s > bound_s_;
        idle_s_ = std::min(idle_s_, now_s - each.changed_s);
    }
}

bool WatchJudge::judge_some(std::span<const WatchedRank> known, double now_s, std::size_t most)
{
    if (at_.empty()) {
        prepare(known);
    }
    const std::size_t end = std::min(watched_.size(), most < watched_.size() ? next_ + most : watched_.size());
    for (; next_ < end; ++next_, ++judged_) {
        judge_one(known, next_, now_s);
    }
    judging_ = next_ < watched_.size();
    return !judging_;
}

std::optional<HangReport> WatchJudge::check(std::span<const WatchedRank> known, double now_s, const WorkName& work)
{
    begin();
    judge_some(known, now_s, watched_.size());
    if (!looks_wrong()) {
        return std::nullopt;
    }
    std::vector<RankObservation> seen(watched_.size());
    for (std::size_t rank = 0; rank < seen.size(); ++rank) {
        const WatchedRank& each = known[at_[rank]];
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
        begin();
    }
    if (judging_) {
        const bool wrong = judge_some(node.known(), now_s, ranks_at_once) && looks_wrong();
        return {.over = false, .report = wrong ? check(node.known(), now_s, work) : std::nullopt};
    }
    if (node.beats_are_due()) {
        node.beat_some(0);
        return {.over = false, .report = std::nullopt};
    }
    const auto news = node.look(now_s, WatchNode::of_judge);
    return {.over = news.over, .report = news.died ? check(node.known(), now_s, work) : std::nullopt};
}

}  // namespace plumbline
