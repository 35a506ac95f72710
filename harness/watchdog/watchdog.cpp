// SPDX-License-Identifier: Apache-2.0
#include "harness/watchdog/watchdog.hpp"

#include "harness/util/timing.hpp"
#include "harness/watchdog/watchdog_connection.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace plumbline {

namespace {

constexpr int judge_rank = 0;
constexpr int broken = 5;
constexpr double longest_tick_s = 1;
constexpr double shortest_tick_s = 0.05;
/// Rank 0 reads its connections at most so often, however many messages arrive.
constexpr double collect_pause_s = 0.02;

std::uint64_t draw_token()
{
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

struct Watchdog::Impl {
    Impl(Communicator& world, const RankStatus& status, WatchdogSettings chosen)
        : rank(world.rank()), own(status), settings(std::move(chosen))
    {
        tick_s = std::clamp(settings.bound_s / 5, shortest_tick_s, longest_tick_s);
        connect(world);
        // Signals are delivered to the rank's own thread.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_BLOCK, &all, &before);
        thread = std::thread([this] { rank == judge_rank ? judge() : follow(); });
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
        const bool judges = rank == judge_rank;
        token = broadcast_value(world, judges ? draw_token() : std::uint64_t{0}, judge_rank);
        std::optional<WatchdogListener> listener;
        if (judges) {
            listener.emplace(world.size());
        }
        const std::string place = broadcast_text(world, judges ? listener->addresses() : "", judge_rank);
        if (!judges) {
            to_judge = WatchdogConnection::to(place);
            to_judge.send(message(WatchMessage::Kind::hello));
        }
        const auto connected = gather_values(world, judges || to_judge.open() ? 1 : 0, judge_rank);
        if (judges) {
            accept_connections(*listener, connected);
        }
    }

    void accept_connections(WatchdogListener& listener, const std::vector<int>& connected)
    {
        connections.resize(connected.size());
        seen.resize(connected.size());
        std::size_t missing = 0;
        for (std::size_t other = 0; other < connected.size(); ++other) {
            seen[other].name = other < settings.names.size() ? settings.names[other] : fmt::format("rank {}", other);
            missing += other > 0 && connected[other] != 0 ? 1U : 0U;
        }
        const double until = steady_now_s() + 5;
        while (missing > 0 && steady_now_s() < until) {
            if (auto arrived = listener.next(token, until - steady_now_s());
                arrived && arrived->first < connections.size()) {
                connections[arrived->first] = std::move(arrived->second);
                --missing;
            }
        }
        for (std::size_t other = 1; other < connections.size(); ++other) {
            seen[other].watched = connections[other].open();
            if (!seen[other].watched) {
                unwatched.push_back(seen[other].name);
            }
        }
    }

    WatchMessage message(WatchMessage::Kind kind) const
    {
        return {.token = token, .rank = static_cast<std::uint32_t>(rank), .kind = kind, .word = own.word()};
    }

    // --- rank 0 -----------------------------------------------------------------------------------------------------

    void judge()
    {
        heard.assign(connections.size(), steady_now_s());
        changed = heard;
        double last = steady_now_s();
        double last_beat = last;
        while (!stop) {
            wait_for_message();
            const double now = steady_now_s();
            if (now - last > 3 * tick_s + 1) {  // this process itself was stopped
                heard.assign(connections.size(), now);
                changed = heard;
            }
            last = now;
            collect(now);
            if (const auto report = detect_hang(seen, settings.bound_s, settings.work)) {
                end(*report);
            }
            if (now - last_beat >= tick_s) {
                last_beat = now;
                send_to_all(WatchMessage::Kind::beat);
            }
            pause(collect_pause_s);
        }
        send_to_all(WatchMessage::Kind::goodbye);
    }

    void send_to_all(WatchMessage::Kind kind)
    {
        for (WatchdogConnection& connection : connections) {
            connection.send(message(kind));
        }
    }

    void wait_for_message()
    {
        std::vector<pollfd> waiting{{waker.descriptor(), POLLIN, 0}};
        for (const WatchdogConnection& connection : connections) {
            if (connection.open()) {
                waiting.push_back({connection.descriptor(), POLLIN, 0});
            }
        }
        ::poll(waiting.data(), waiting.size(), static_cast<int>(tick_s * 1000));
    }

    void collect(double now)
    {
        update(0, own.word(), now);
        for (std::size_t other = 1; other < connections.size(); ++other) {
            while (const auto received = connections[other].receive()) {
                heard[other] = now;
                update(other, received->word, now);
                seen[other].left = seen[other].left || received->kind == WatchMessage::Kind::goodbye;
                if (received->kind == WatchMessage::Kind::over) {
                    leave();
                }
            }
            seen[other].died = connections[other].broken() && !seen[other].left;
            seen[other].silent_s = now - heard[other];
            seen[other].unchanged_s = now - changed[other];
        }
        seen[0].unchanged_s = now - changed[0];
    }

    void update(std::size_t other, std::uint64_t word, double now)
    {
        const RankState state = RankStatus::unpack(word);
        if (RankStatus::pack(seen[other].state) != word) {
            seen[other].state = state;
            changed[other] = now;
        }
    }

    [[noreturn]] void end(const HangReport& report)
    {
        settings.report(report);
        send_to_all(WatchMessage::Kind::over);
        leave();
    }

    [[noreturn]] static void leave() { ::_exit(broken); }

    // --- the others -------------------------------------------------------------------------------------------------

    void follow()
    {
        double last_heard = steady_now_s();
        double last = last_heard;
        while (!stop && to_judge.open()) {
            std::vector<pollfd> waiting{{waker.descriptor(), POLLIN, 0}, {to_judge.descriptor(), POLLIN, 0}};
            ::poll(waiting.data(), waiting.size(), static_cast<int>(tick_s * 1000));
            const double now = steady_now_s();
            if (now - last > 3 * tick_s + 1) {
                last_heard = now;
            }
            last = now;
            bool ended = false;
            while (const auto received = to_judge.receive()) {
                last_heard = now;
                if (received->kind == WatchMessage::Kind::over) {
                    leave();
                }
                ended = ended || received->kind == WatchMessage::Kind::goodbye;
            }
            if (ended) {
                return;
            }
            if (!stop && (to_judge.broken() || now - last_heard > settings.bound_s)) {
                report_lost_judge(now - last_heard);
            }
            to_judge.send(message(WatchMessage::Kind::beat));
            pause(now + tick_s - steady_now_s());  // whatever rank 0 sends meanwhile
        }
        to_judge.send(message(WatchMessage::Kind::goodbye));
    }

    void pause(double seconds) const
    {
        if (seconds > 0) {
            pollfd only{waker.descriptor(), POLLIN, 0};
            ::poll(&only, 1, static_cast<int>(seconds * 1000));
        }
    }

    /// The lowest rank that is left reports it: each rank waits a little longer than the one before it.
    [[noreturn]] void report_lost_judge(double silent_s)
    {
        constexpr double pause_s = 1;
        std::this_thread::sleep_for(std::chrono::duration<double>(std::min(pause_s * (rank - 1), 10.0)));
        const std::string name = settings.names.empty() ? "rank 0" : settings.names.front();
        const std::string what = to_judge.broken() ? "died" : fmt::format("has been silent for {:.0f} s", silent_s);
        settings.report({.sentence = fmt::format("{} {} (noticed by rank {})", name, what, rank), .dump = {}});
        to_judge.send(message(WatchMessage::Kind::over));  // in case rank 0 was only stopped and continues
        leave();
    }

    int rank;
    const RankStatus& own;
    WatchdogSettings settings;
    double tick_s = longest_tick_s;
    std::uint64_t token = 0;
    std::vector<WatchdogConnection> connections;  ///< rank 0: [rank], its own is closed
    std::vector<RankObservation> seen;
    std::vector<double> heard, changed;
    std::vector<std::string> unwatched;
    WatchdogConnection to_judge;
    WakeupPipe waker;
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
