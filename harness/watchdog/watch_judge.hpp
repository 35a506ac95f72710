// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/watchdog/hang_detection.hpp"
#include "harness/watchdog/watch_node.hpp"
#include "harness/watchdog/watch_tree.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// Judges what rank 0's node of the tree knows. A look costs rank 0's core some tens of microseconds at 12,288 ranks;
/// names and sentences are made only where the launch is at its end.
class WatchJudge {
public:
    /// Refers to its arguments. `watched`: [rank].
    WatchJudge(const WatchTree& tree, std::span<const std::string> names, std::vector<char> watched, double bound_s)
        : tree_(tree), names_(names), watched_(std::move(watched)), bound_s_(bound_s), excused_(watched_.size())
    {
    }

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

private:
    bool looks_wrong(std::span<const WatchedRank> known, double now_s);

    const WatchTree& tree_;
    std::span<const std::string> names_;
    std::vector<char> watched_;
    double bound_s_;
    double last_tick_s_ = 0;
    std::vector<char> excused_;                ///< [rank]
    std::vector<const WatchedRank*> of_rank_;  ///< [rank]
};

}  // namespace plumbline
