// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/watchdog/watch_tree.hpp"
#include "harness/watchdog/watchdog_connection.hpp"

#include <poll.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What is known of one rank. Times are steady_now_s()'s.
struct WatchedRank {
    int rank = 0;
    std::uint64_t word = 0;
    double heard_s = 0;
    double changed_s = 0;  ///< when `word` was another one
    WatchEntry::Fate fate = WatchEntry::Fate::alive;
};

/// How much one look takes in at most: the rest is for the next one. So no look is long, whatever has come.
struct LookBudget {
    std::size_t entries = 0;   ///< states of ranks; a frame more where one is begun
    std::size_t receives = 0;  ///< calls of WatchdogConnection::receive()
};

/// What has been done so far.
struct WatchCost {
    std::size_t entries = 0;    ///< states of ranks that were taken in
    std::size_t transfers = 0;  ///< calls of the kernel, to send and to receive
};

/// One rank's place in the tree of watchdogs: it tells the rank above it what it knows of itself and of those below.
/// No thread, and after the set-up no call blocks.
class WatchNode {
public:
    /// `tree` outlives it; `token`: of the launch.
    WatchNode(int rank, const WatchTree& tree, std::uint64_t token);

    // --- set-up ------------------------------------------------------------------------------------------------------

    /// Where the ranks below find this one, as a line without a rank: "PORT HOST_ADDRESS..." (loopback ones first,
    /// marked "="). "" where nobody is below it, or it can't listen.
    std::string place() const;
    /// Reports to the rank above it, which is at `place`, `beside` this one or not; false where no address is answered
    /// until `until_s`. Tries again with a growing pause.
    bool join(const std::string& place, bool beside, double until_s);
    /// Lets the ranks below in, until all have come or until `until_s`; then nobody any more. Strangers say nothing and
    /// make room for others.
    void admit(double until_s);

    // --- afterwards --------------------------------------------------------------------------------------------------

    struct News {
        bool over = false;      ///< the launch has ended
        bool released = false;  ///< the rank above watches no more
        bool died = false;      ///< a rank below has
    };
    static constexpr std::size_t entries_a_frame = 512;  ///< at most: longer news go up in several
    static constexpr std::size_t beats_at_once = 4;
    static constexpr LookBudget of_relay{.entries = 8192, .receives = 1024};
    static constexpr LookBudget of_judge{.entries = 1024, .receives = 16};

    /// Takes in what has come, within the budget.
    News look(double now_s, const LookBudget& budget = of_relay);
    /// Whether the last look didn't come to all ranks below: the next one goes on there.
    bool has_unread() const { return unread_ > 0; }
    WatchCost cost() const;

    /// This rank's own state.
    void set_own(std::uint64_t word, double now_s);
    /// All that is known, upwards.
    void tell_up(double now_s, WatchEntry::Fate own = WatchEntry::Fate::alive);
    /// To all ranks below.
    void tell_down(WatchFrame::Kind kind);
    void tell_over();
    /// A beat to the ranks below, `beats_at_once` at a call; begin_beat() starts with the first again. `silent_s`:
    /// since rank 0 was heard.
    void begin_beat() { next_beat_ = 0; }
    bool beats_are_due() const { return next_beat_ < below_.size(); }
    void beat_some(double silent_s);

    /// This process was stopped: nobody else was silent.
    void forgive(double now_s);

    /// Itself first, then all ranks below it, near and far.
    std::span<const WatchedRank> known() const { return known_; }
    bool joined() const { return above_ != nullptr; }
    bool is_cut_off() const { return above_ != nullptr && above_->broken(); }
    double above_heard_s() const { return above_heard_s_; }
    double judge_heard_s() const { return judge_heard_s_; }
    /// Adds what poll() waits for: with `everything` whatever comes, else only connections that end.
    void add_descriptors(std::vector<pollfd>& waiting, bool everything) const;

private:
    struct Below {
        int rank = 0;
        std::unique_ptr<WatchdogConnection> connection;
    };
    void take(const WatchEntry& entry, double now_s);
    WatchedRank& known_of(int rank) { return known_[index_.at(static_cast<std::size_t>(rank - rank_))]; }

    int rank_;
    const WatchTree& tree_;
    std::uint64_t token_;
    control::Socket listener_;
    std::unique_ptr<WatchdogConnection> above_;
    std::vector<Below> below_;
    std::vector<WatchedRank> known_;
    std::vector<std::uint32_t> index_;  ///< into known_, by how far a rank is behind this one, which is the lowest
    std::size_t next_beat_ = 0;
    std::size_t next_read_ = 0;
    std::size_t unread_ = 0;   ///< ranks below that the present round of looks hasn't come to
    std::size_t entries_ = 0;  ///< that were taken in
    double above_heard_s_ = 0;
    double judge_heard_s_ = 0;
};

}  // namespace plumbline
