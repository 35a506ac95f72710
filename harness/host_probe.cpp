#include "harness/host_probe.hpp"

#include "results/statistics.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

namespace plumbline {

namespace {

constexpr std::uint64_t message_bytes = 64;  // a cache line: what moves between two cores at the least
constexpr int trips_to_warm_up = 16;
constexpr int trips = 64;
constexpr int batches = 3;
constexpr int quanta = 5;
constexpr int most_turns = 8;
/// The same work everywhere and always, so that hosts and launches compare: some 0.1 ms at 4 GHz.
constexpr int steps_of_a_quantum = 60'000;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Seconds of one quantum: each step needs the one before it, so that only the core's speed counts.
double time_quantum(const Clock& clock)
{
    static volatile double seed = 1.0;
    const double begin = clock.now_s();
    double value = seed;
    for (int step = 0; step < steps_of_a_quantum; ++step) {
        value = value * 0.999999999 + 1e-9;
    }
    seed = value;
    return clock.now_s() - begin;
}

struct Quanta {
    double best_s = none;
    double median_s = none;
};

Quanta time_quanta(const Clock& clock)
{
    std::array<double, quanta> seconds{};
    for (double& each : seconds) {
        each = time_quantum(clock);
    }
    return {.best_s = *std::min_element(seconds.begin(), seconds.end()), .median_s = *median(seconds)};
}

std::optional<double> known(double value)
{
    return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<LocalPlace> pair_up(const Topology& topology)
{
    std::map<int, std::vector<int>> ranks_of;
    std::vector<LocalPlace> places(topology.node_of_rank.size());
    for (std::size_t rank = 0; rank < places.size(); ++rank) {
        auto& on_host = ranks_of[topology.node_of_rank[rank]];
        places[rank].index = static_cast<int>(on_host.size());
        if (places[rank].index % 2 == 1) {
            places[rank].partner = on_host.back();
            places[static_cast<std::size_t>(on_host.back())].partner = static_cast<int>(rank);
        }
        on_host.push_back(static_cast<int>(rank));
    }
    return places;
}

std::vector<double> by_host(std::span<const double> neighbour_s, const Topology& topology)
{
    std::map<int, std::vector<double>> seen;
    for (std::size_t rank = 0; rank < neighbour_s.size(); ++rank) {
        if (std::isfinite(neighbour_s[rank])) {
            seen[topology.node_of_rank[rank]].push_back(neighbour_s[rank]);
        }
    }
    std::vector<double> hosts;
    for (const auto& [host, seconds] : seen) {
        hosts.push_back(*median(seconds));
    }
    return hosts;
}

/// 64 bytes there and back between this rank and its partner, everything looked up beforehand.
struct HostProber::Exchange {
    Exchange(Group& group, int partner, bool begins)
        : outgoing(group.allocate(message_bytes)),
          incoming(group.allocate(message_bytes)),
          send(group.prepare_send(partner, 0, *outgoing, message_bytes)),
          receive(group.prepare_receive(partner, 0, *incoming, message_bytes)),
          first(begins ? *send : *receive),
          second(begins ? *receive : *send)
    {
    }

    void round_trip() const
    {
        first.start();
        first.finish();
        second.start();
        second.finish();
    }

    std::unique_ptr<Buffer> outgoing;
    std::unique_ptr<Buffer> incoming;
    std::unique_ptr<Operation> send;
    std::unique_ptr<Operation> receive;
    Operation& first;
    Operation& second;
};

HostProber::HostProber(Communicator& world, Backend& backend, const Topology& topology)
    : world_(world), clock_(backend.clock()), topology_(topology)
{
    const auto places = pair_up(topology);
    mine_ = places.at(static_cast<std::size_t>(world.rank()));
    for (const LocalPlace& place : places) {
        turns_ = std::min(std::max(turns_, place.index + 1), most_turns);
        any_pair_ = any_pair_ || place.partner.has_value();
    }
    if (any_pair_) {
        group_ = backend.join(world);
    }
    if (mine_.partner) {
        exchange_ = std::make_unique<Exchange>(*group_, *mine_.partner, mine_.index % 2 == 0);
    }
}

HostProber::~HostProber() = default;

/// One way; the least median of several batches, since what disturbs a batch only makes it slower.
std::optional<double> HostProber::ping_pong()
{
    if (!exchange_) {
        return std::nullopt;
    }
    for (int trip = 0; trip < trips_to_warm_up; ++trip) {
        exchange_->round_trip();
    }
    double least = std::numeric_limits<double>::infinity();
    for (int batch = 0; batch < batches; ++batch) {
        std::array<double, trips> seconds{};
        for (double& each : seconds) {
            const double begin = clock_.now_s();
            exchange_->round_trip();
            each = clock_.now_s() - begin;
        }
        least = std::min(least, *median(seconds) / 2);
    }
    return least;
}

std::vector<double> HostProber::look()
{
    if (!any_pair_) {
        return {};
    }
    return by_host(gather_values(world_, ping_pong().value_or(none), 0), topology_);
}

HostProbe HostProber::take(int position)
{
    HostProbe probe;
    probe.position = position;
    probe.at_unix_s = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    Quanta alone;
    for (int turn = 0; turn < turns_; ++turn) {
        if (turn == mine_.index) {
            alone = time_quanta(clock_);
        }
        world_.max_quietly(0);
    }
    world_.barrier();
    const Quanta together = time_quanta(clock_);
    world_.barrier();
    const double neighbour_s = ping_pong().value_or(none);
    const std::array mine{alone.best_s, alone.median_s, together.best_s, together.median_s, neighbour_s};
    for (const auto& [alone_best, alone_median, together_best, together_median, neighbour] :
         gather_values(world_, mine, 0)) {
        probe.ranks.push_back({.rank = static_cast<int>(probe.ranks.size()),
                               .alone_best_s = known(alone_best),
                               .alone_median_s = known(alone_median),
                               .together_best_s = known(together_best),
                               .together_median_s = known(together_median),
                               .neighbour_s = known(neighbour)});
    }
    return probe;
}

}  // namespace plumbline
