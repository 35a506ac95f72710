// SPDX-License-Identifier: Apache-2.0
#include "harness/host/host_probe.hpp"

#include "harness/util/timing.hpp"
#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>

namespace plumbline {

namespace {

constexpr int quanta = 5;
constexpr int most_turns = 8;
/// A fixed amount of work, so that hosts and launches are comparable: some 0.1 ms at 4 GHz.
constexpr int steps_of_a_quantum = 60'000;
constexpr double none = std::numeric_limits<double>::quiet_NaN();

/// Seconds of one quantum of work: each step depends on the previous one, so only the core's speed counts.
double time_quantum()
{
    volatile double seed = 1.0;  // so that the compiler can't compute the chain
    const double begin = steady_now_s();
    double value = seed;
    for (int step = 0; step < steps_of_a_quantum; ++step) {
        value = value * 0.999999999 + 1e-9;
    }
    seed = value;
    return steady_now_s() - begin;
}

struct Quanta {
    double best_s = none;
    double median_s = none;
};

Quanta time_quanta()
{
    std::array<double, quanta> seconds{};
    for (double& each : seconds) {
        each = time_quantum();
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

HostSnapshot by_host(std::span<const CoreReading> of_rank, const Topology& topology)
{
    std::map<int, std::vector<double>> lines;
    std::map<int, double> copies;
    for (std::size_t rank = 0; rank < of_rank.size(); ++rank) {
        const int host = topology.node_of_rank[rank];
        if (std::isfinite(of_rank[rank].cache_line_latency_s)) {
            lines[host].push_back(of_rank[rank].cache_line_latency_s);
        }
        copies[host] = std::max(copies[host], of_rank[rank].l1_copy_s);
    }
    HostSnapshot snapshot;
    for (const auto& [host, seconds] : lines) {
        snapshot.cache_line_latency_s.push_back(*median(seconds));
    }
    for (const auto& [host, seconds] : copies) {
        snapshot.l1_copy_s.push_back(seconds);
    }
    return snapshot;
}

HostProber::HostProber(Communicator& world, const Topology& topology) : world_(world), topology_(topology)
{
    const auto places = pair_up(topology);
    mine_ = places.at(static_cast<std::size_t>(world.rank()));
    for (const LocalPlace& place : places) {
        turns_ = std::min(std::max(turns_, place.index + 1), most_turns);
    }
    line_ = CoreToCoreProbe::open(world, mine_.partner,
                                  mine_.index % 2 == 0 ? CoreToCoreProbe::Side::creates : CoreToCoreProbe::Side::joins);
    copy_ = std::make_unique<L1CopyProbe>();
}

HostSnapshot HostProber::snapshot()
{
    const CoreReading mine{.cache_line_latency_s = line_ ? line_->one_way_s() : none, .l1_copy_s = copy_->seconds()};
    return by_host(gather_values(world_, mine, 0), topology_);
}

HostProbe HostProber::probe(int position)
{
    HostProbe probe;
    probe.position = position;
    probe.at_unix_s = unix_now_s();
    Quanta alone;
    for (int turn = 0; turn < turns_; ++turn) {
        if (turn == mine_.index) {
            alone = time_quanta();
        }
        world_.allreduce_max_sleeping(0);
    }
    world_.barrier();
    const Quanta together = time_quanta();
    world_.barrier();
    const double cache_line_latency_s = line_ ? line_->one_way_s() : none;
    const std::array mine{alone.best_s,      alone.median_s,       together.best_s,
                          together.median_s, cache_line_latency_s, copy_->seconds()};
    for (const auto& [alone_best, alone_median, together_best, together_median, neighbour, copy] :
         gather_values(world_, mine, 0)) {
        probe.ranks.push_back({.rank = static_cast<int>(probe.ranks.size()),
                               .alone_best_s = known(alone_best),
                               .alone_median_s = known(alone_median),
                               .together_best_s = known(together_best),
                               .together_median_s = known(together_median),
                               .cache_line_latency_s = known(neighbour),
                               .l1_copy_s = known(copy)});
    }
    return probe;
}

}  // namespace plumbline
