// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/watchdog/hang_detection.hpp"
#include "harness/watchdog/watch_node.hpp"
#include "harness/watchdog/watch_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// Judges what rank 0's node of the tree knows. What one look does is bounded, however large the launch is: it judges
/// `ranks_at_once`, or sends WatchNode::beats_at_once beats, or takes in WatchNode::of_judge. Names and sentences are
/// made only where the launch is at its end.
class WatchJudge {
public:
    /// Refers to its arguments. `watched`: [rank].
    WatchJudge(const WatchTree& tree, std::span<const std::string> names, std::vector<char> watched, double bound_s)
        : tree_(tree), names_(names), watched_(std::move(watched)), bound_s_(bound_s), excused_(watched_.size())
    {
    }

    static constexpr std::size_t ranks_at_once = 2048;

    /// Learns where each rank stands in `known`, once: it stays there. Else the first look does.
    void prepare(std::span<const WatchedRank> known);

    /// As detect_hang(). A rank whose states come over one that is silent itself, or gone, isn't judged: that one is.
    std::optional<HangReport> check(std::span<const WatchedRank> known, double now_s, const WorkName& work);

    /// What one look of rank 0 came to.
    struct Look {
        bool over = false;  ///< another rank has ended the launch
        std::optional<HangReport> report;
    };
    /// Does one thing at a time, so that no look is long: judges, once every `tick_s`, or sends beats, or takes in what
    /// has come. `own`: RankStatus::word() of rank 0.
    Look look(WatchNode& node, double now_s, std::uint64_t own, double tick_s, const WorkName& work);
    /// Whether the next look has something to do already.
    bool is_busy(const WatchNode& node) const { return judging_ || node.beats_are_due() || node.has_unread(); }
    /// How long rank 0's core is left alone before the next look. It keeps up with 200,000 ranks that report each
    /// second: 1 / 4 ms x WatchNode::of_judge.entries.
    double pause_s(const WatchNode& node) const
    {
        constexpr double busy_s = 0.004;
        constexpr double idle_s = 0.02;  // however many messages arrive
        return is_busy(node) ? busy_s : idle_s;
    }
    /// Ranks that were judged so far, again and again.
    std::size_t judged() const { return judged_; }

private:
    void begin();
    void judge_one(std::span<const WatchedRank> known, std::size_t rank, double now_s);
    /// Judges up to `most` more ranks; whether that were all.
    bool judge_some(std::span<const WatchedRank> known, double now_s, std::size_t most);
    bool looks_wrong() const { return dead_ || silent_ || (any_ && idle_s_ > bound_s_); }

    const WatchTree& tree_;
    std::span<const std::string> names_;
    std::vector<char> watched_;
    double bound_s_;
    double last_tick_s_ = 0;
    std::vector<char> excused_;      ///< [rank]
    std::vector<std::uint32_t> at_;  ///< [rank] -> its position in what is known
    // What has been seen since begin():
    bool judging_ = false;
    std::size_t next_ = 0;  ///< rank
    bool dead_ = false;
    bool silent_ = false;
    bool any_ = false;
    double idle_s_ = 0;
    std::size_t judged_ = 0;
};

}  // namespace plumbline
