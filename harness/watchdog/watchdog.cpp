// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watchdog.hpp"

#include "collectives/util/error.hpp"
#include "harness/util/timing.hpp"
#include "harness/watchdog/watch_judge.hpp"
#include "harness/watchdog/watch_node.hpp"
#include "harness/watchdog/watch_tree.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

namespace plumbline {

namespace {

constexpr int judge_rank = 0;
constexpr double longest_tick_s = 1;
constexpr double shortest_tick_s = 0.05;
/// Until all have connected.
constexpr double set_up_s = 5;

std::uint64_t draw_token()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

/// Collective over world: each rank's line, where it has one, on every rank.
std::vector<std::string> share_lines(Communicator& world, const std::string& mine)
{
    const auto lines = gather_texts(world, mine, judge_rank);
    std::string text;
    for (std::size_t rank = 0; rank < lines.size(); ++rank) {
        text += lines[rank].empty() ? "" : fmt::format("{} {}\n", rank, lines[rank]);
    }
    std::vector<std::string> all(static_cast<std::size_t>(world.size()));
    std::istringstream in(broadcast_text(world, text, judge_rank));
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::size_t rank = 0;
        words >> rank;
        std::getline(words >> std::ws, all.at(rank));
    }
    return all;
}

/// A descriptor that wakes a thread from poll().
class Waker {
public:
    Waker() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
    {
        if (descriptor_ < 0) {
            throw BackendError("eventfd", errno, std::strerror(errno));
        }
    }
    Waker(const Waker&) = delete;
    Waker& operator=(const Waker&) = delete;
    ~Waker() { ::close(descriptor_); }
    void wake() const
    {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(descriptor_, &one, sizeof one);
    }
    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace

struct Watchdog::Impl {
    Impl(Communicator& world, const RankStatus& status, WatchdogSettings chosen)
        : rank(world.rank()),
          own(status),
          settings(std::move(chosen)),
          tree(watch_tree(settings.node_of_rank)),
          node(rank, tree, broadcast_value(world, rank == judge_rank ? draw_token() : std::uint64_t{0}, judge_rank))
    {
        tick_s = std::clamp(settings.bound_s / 5, shortest_tick_s, longest_tick_s);
        connect(world);
        // Signals are delivered to the rank's own thread.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        thread = std::thread([this] { rank == judge_rank ? judge_all() : follow(); });
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    ~Impl()
    {
        stop = true;
        waker.wake();
        thread.join();
    }

    /// Collective over world.
    void connect(Communicator& world)
    {
        const auto places = share_lines(world, node.place());
        const int parent = tree.parent.at(static_cast<std::size_t>(rank));
        const double until_s = steady_now_s() + set_up_s;
        bool joined = true;
        if (parent >= 0) {
            const bool beside = settings.node_of_rank[static_cast<std::size_t>(parent)] ==
                                settings.node_of_rank[static_cast<std::size_t>(rank)];
            joined = node.join(places[static_cast<std::size_t>(parent)], beside, until_s);
        }
        node.admit(until_s);
        const auto connected = gather_values(world, joined ? 1 : 0, judge_rank);
        std::vector<char> watched;
        for (std::size_t other = 0; other < connected.size(); ++other) {  // a parent is a lower rank
            const int above = tree.parent[other];
            watched.push_back(static_cast<char>(
                above < 0 || (connected[other] != 0 && watched[static_cast<std::size_t>(above)] != 0)));
            if (watched.back() == 0) {
                unwatched.push_back(name(other));
            }
        }
        if (!watched.empty()) {
            judge.emplace(tree, settings.names, std::move(watched), settings.bound_s);
            judge->prepare(node.known());
        }
    }

    std::string name(std::size_t other) const
    {
        return other < settings.names.size() ? settings.names[other] : fmt::format("rank {}", other);
    }

    /// Whether this process was stopped since the last look: then nobody else was silent.
    void forgive_if_stopped(double now_s)
    {
        if (now_s - std::exchange(last_look_s, now_s) > 3 * tick_s + 1) {
            node.forgive(now_s);
        }
    }

    void wait(bool everything, double seconds)
    {
        waiting.assign(1, {waker.descriptor(), POLLIN, 0});
        node.add_descriptors(waiting, everything);
        ::poll(waiting.data(), waiting.size(), std::max(static_cast<int>(seconds * 1000), 0));
    }

    // --- rank 0 -----------------------------------------------------------------------------------------------------

    void judge_all()
    {
        node.forgive(last_look_s = steady_now_s());
        while (!stop) {
            wait(true, judge->is_busy(node) ? 0 : tick_s);
            const double now_s = steady_now_s();
            forgive_if_stopped(now_s);
            const auto seen = judge->look(node, now_s, own.word(), tick_s, settings.work);
            if (seen.over) {
                return settings.end_process();
            }
            if (seen.report) {
                return end(*seen.report);
            }
            wait(false, judge->pause_s(node));  // a death is told before the launcher ends this rank for it
        }
        node.tell_down(WatchFrame::Kind::goodbye);
    }

    void end(const HangReport& report)
    {
        settings.report(report);
        node.tell_over();
        settings.end_process();
    }

    // --- the others -------------------------------------------------------------------------------------------------

    void follow()
    {
        node.forgive(lost_since_s = last_look_s = steady_now_s());
        while (!stop && node.joined()) {
            const double now_s = steady_now_s();
            forgive_if_stopped(now_s);
            const auto news = node.look(now_s);
            if (news.over) {
                node.tell_over();
                return settings.end_process();
            }
            if (news.released) {
                node.tell_down(WatchFrame::Kind::goodbye);
                return;
            }
            if (const auto lost = who_is_lost(now_s)) {
                if (now_s >= lost_since_s + patience_s()) {
                    return end({.sentence = *lost, .dump = {}});
                }
            } else {
                lost_since_s = now_s;
            }
            node.set_own(own.word(), now_s);
            node.tell_up(now_s);
            node.begin_beat();
            while (node.beats_are_due()) {
                node.beat_some(now_s - node.judge_heard_s());
            }
            wait(false, now_s + tick_s - steady_now_s());
        }
        node.tell_up(steady_now_s(), WatchEntry::Fate::left);
        node.tell_down(WatchFrame::Kind::goodbye);
    }

    /// The rank above, or rank 0 beyond it, in a sentence; nothing while both are heard.
    std::optional<std::string> who_is_lost(double now_s) const
    {
        const auto above = static_cast<std::size_t>(tree.parent[static_cast<std::size_t>(rank)]);
        if (node.is_cut_off()) {
            return fmt::format("{} died (noticed by rank {})", name(above), rank);
        }
        const double silent_s = now_s - node.above_heard_s();
        const double judge_silent_s = now_s - node.judge_heard_s();
        const bool relay_is_silent = silent_s > settings.bound_s;
        if (!relay_is_silent && judge_silent_s <= settings.bound_s + 2 * tick_s) {
            return std::nullopt;
        }
        return fmt::format("{} has been silent for {:.0f} s (noticed by rank {})",
                           name(relay_is_silent ? above : judge_rank), relay_is_silent ? silent_s : judge_silent_s,
                           rank);
    }

    /// One rank reports: rank 0 where it can, else each of those below waits longer than the one before it.
    double patience_s() const
    {
        const int parent = tree.parent[static_cast<std::size_t>(rank)];
        const auto& beside = tree.children[static_cast<std::size_t>(parent)];
        const auto turn = static_cast<double>(std::ranges::find(beside, rank) - beside.begin());
        constexpr double for_rank_0_s = 3;
        return std::min(turn, 10.0) + (parent == judge_rank ? 0 : for_rank_0_s);
    }

    int rank;
    const RankStatus& own;
    WatchdogSettings settings;
    WatchTree tree;
    WatchNode node;
    std::optional<WatchJudge> judge;  ///< on rank 0
    double tick_s = longest_tick_s;
    double last_look_s = 0;
    double lost_since_s = 0;
    std::vector<pollfd> waiting;
    std::vector<std::string> unwatched;
    Waker waker;
    std::atomic<bool> stop{false};
    std::thread thread;
};

Watchdog::Watchdog(Communicator& world, const RankStatus& status, WatchdogSettings settings)
    : impl_(std::make_unique<Impl>(world, status, std::move(settings)))
{
}

Watchdog::~Watchdog() = default;

const std::vector<std::string>& Watchdog::unwatched() const
{
    return impl_->unwatched;
}

}  // namespace plumbline
