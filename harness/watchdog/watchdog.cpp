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
/// Rank 0 looks at most so often, however many ranks tell it something.
constexpr double look_pause_s = 0.02;

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
        // The rank's own thread is to get the signals.
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
            take_lines(*listener, connected);
        }
    }

    void take_lines(WatchdogListener& listener, const std::vector<int>& connected)
    {
        lines.resize(connected.size());
        seen.resize(connected.size());
        std::size_t missing = 0;
        for (std::size_t other = 0; other < connected.size(); ++other) {
            seen[other].name = other < settings.names.size() ? settings.names[other] : fmt::format("rank {}", other);
            missing += other > 0 && connected[other] != 0 ? 1U : 0U;
        }
        const double until = steady_now_s() + 5;
        while (missing > 0 && steady_now_s() < until) {
            if (auto arrived = listener.next(token, until - steady_now_s()); arrived && arrived->first < lines.size()) {
                lines[arrived->first] = std::move(arrived->second);
                --missing;
            }
        }
        for (std::size_t other = 1; other < lines.size(); ++other) {
            seen[other].watched = lines[other].open();
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
        heard.assign(lines.size(), steady_now_s());
        changed = heard;
        double last = steady_now_s();
        double told = last;
        while (!stop) {
            wait_for_news();
            const double now = steady_now_s();
            if (now - last > 3 * tick_s + 1) {  // it was this process that stood still
                heard.assign(lines.size(), now);
                changed = heard;
            }
            last = now;
            look(now);
            if (const auto report = detect_hang(seen, settings.bound_s, settings.work)) {
                end(*report);
            }
            if (now - told >= tick_s) {
                told = now;
                tell_all(WatchMessage::Kind::beat);
            }
            pause(look_pause_s);
        }
        tell_all(WatchMessage::Kind::goodbye);
    }

    void tell_all(WatchMessage::Kind kind)
    {
        for (WatchdogConnection& line : lines) {
            line.send(message(kind));
        }
    }

    void wait_for_news()
    {
        std::vector<pollfd> waiting{{waker.descriptor(), POLLIN, 0}};
        for (const WatchdogConnection& line : lines) {
            if (line.open()) {
                waiting.push_back({line.descriptor(), POLLIN, 0});
            }
        }
        ::poll(waiting.data(), waiting.size(), static_cast<int>(tick_s * 1000));
    }

    void look(double now)
    {
        learn(0, own.word(), now);
        for (std::size_t other = 1; other < lines.size(); ++other) {
            while (const auto news = lines[other].receive()) {
                heard[other] = now;
                learn(other, news->word, now);
                seen[other].left = seen[other].left || news->kind == WatchMessage::Kind::goodbye;
                if (news->kind == WatchMessage::Kind::over) {
                    leave();
                }
            }
            seen[other].died = lines[other].broken() && !seen[other].left;
            seen[other].silent_s = now - heard[other];
            seen[other].unchanged_s = now - changed[other];
        }
        seen[0].unchanged_s = now - changed[0];
    }

    void learn(std::size_t other, std::uint64_t word, double now)
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
        tell_all(WatchMessage::Kind::over);
        leave();
    }

    [[noreturn]] static void leave() { ::_exit(broken); }

    // --- the others -------------------------------------------------------------------------------------------------

    void follow()
    {
        double heard_judge = steady_now_s();
        double last = heard_judge;
        while (!stop && to_judge.open()) {
            std::vector<pollfd> waiting{{waker.descriptor(), POLLIN, 0}, {to_judge.descriptor(), POLLIN, 0}};
            ::poll(waiting.data(), waiting.size(), static_cast<int>(tick_s * 1000));
            const double now = steady_now_s();
            if (now - last > 3 * tick_s + 1) {
                heard_judge = now;
            }
            last = now;
            bool ended = false;
            while (const auto news = to_judge.receive()) {
                heard_judge = now;
                if (news->kind == WatchMessage::Kind::over) {
                    leave();
                }
                ended = ended || news->kind == WatchMessage::Kind::goodbye;
            }
            if (ended) {
                return;
            }
            if (!stop && (to_judge.broken() || now - heard_judge > settings.bound_s)) {
                without_judge(now - heard_judge);
            }
            to_judge.send(message(WatchMessage::Kind::beat));
            pause(now + tick_s - steady_now_s());  // whatever rank 0 tells meanwhile
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

    /// One rank says so; where that one is gone too, the next, a little later.
    [[noreturn]] void without_judge(double silent_s)
    {
        constexpr double pause_s = 1;
        std::this_thread::sleep_for(std::chrono::duration<double>(std::min(pause_s * (rank - 1), 10.0)));
        const std::string name = settings.names.empty() ? "rank 0" : settings.names.front();
        const std::string what = to_judge.broken() ? "died" : fmt::format("has been silent for {:.0f} s", silent_s);
        settings.report({.sentence = fmt::format("{} {} (noticed by rank {})", name, what, rank), .dump = {}});
        to_judge.send(message(WatchMessage::Kind::over));  // in case it was stopped and goes on
        leave();
    }

    int rank;
    const RankStatus& own;
    WatchdogSettings settings;
    double tick_s = longest_tick_s;
    std::uint64_t token = 0;
    std::vector<WatchdogConnection> lines;  ///< rank 0: [rank], its own is closed
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
