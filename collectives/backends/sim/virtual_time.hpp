// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/hash.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <numbers>
#include <vector>

namespace plumbline::sim {

inline std::uint64_t hash_of(std::initializer_list<std::uint64_t> values)
{
    std::uint64_t hash = 0;
    for (const std::uint64_t value : values) {
        hash = hashed(hash, value);
    }
    return hash;
}

inline std::uint64_t as_word(int value)
{
    return static_cast<std::uint64_t>(value);
}

/// In (0, 1].
inline double unit_interval(std::uint64_t hash)
{
    return static_cast<double>((hash >> 11U) + 1) * 0x1p-53;
}

/// N(0,1) from one word (Box, Muller 1958).
inline double normal_deviate(std::uint64_t hash)
{
    const double radius = std::sqrt(-2 * std::log(unit_interval(hash)));
    return radius * std::cos(2 * std::numbers::pi * unit_interval(mixed_bits(hash)));
}

/// What execution `number` of `stream` takes, as a multiple of its cost.
inline double noise_factor(const Cluster& cluster, std::uint64_t stream, std::uint64_t number)
{
    if (cluster.noise == 0 && cluster.outlier_share == 0) {
        return 1;
    }
    const std::uint64_t drawn = hash_of({cluster.seed, stream, number});
    const bool outlier = cluster.outlier_share > 0 && unit_interval(hashed(drawn, 1)) <= cluster.outlier_share;
    return (1 + cluster.noise * std::abs(normal_deviate(drawn))) * (outlier ? cluster.outlier_factor : 1);
}

inline double slow_factor(const Cluster& cluster, int world_rank)
{
    const auto found = cluster.slow_ranks.find(world_rank);
    return found == cluster.slow_ranks.end() ? 1 : found->second;
}

/// What a node's clock shows of virtual time.
struct NodeClock {
    double offset_s = 0;
    double drift = 0;
    double shown_s(double time_s) const { return time_s + (offset_s + drift * time_s); }
    double time_s(double shown_s) const { return (shown_s - offset_s) / (1 + drift); }
};

inline NodeClock node_clock(const Cluster& cluster, int world_rank)
{
    const auto draw = [&](std::uint64_t which) {
        const int node = world_rank / std::max(cluster.ranks_per_node, 1);
        return 2 * unit_interval(hash_of({cluster.seed, as_word(node), which})) - 1;
    };
    return {.offset_s = cluster.clock_offset_s * draw(1), .drift = cluster.clock_drift * draw(2)};
}

/// One rank's place in virtual time. Only that rank touches it.
struct RankState {
    void advance_to(double moment_s) { time_s = std::max(time_s, moment_s); }

    double time_s = 0;
    double link_free_s = 0;  ///< when the last eager message has left
    std::uint64_t computes = 0;
    std::map<const std::vector<int>*, std::uint64_t>
        joins;  ///< how often it joined these members, of Fabric::ranks_once()
};

/// The clock that a rank reads.
class RankClock final : public Clock {
public:
    RankClock(RankState& state, NodeClock shows) : state_(state), shows_(shows) {}
    double now_s() const noexcept override { return shows_.shown_s(state_.time_s); }
    void wait_until(double moment_s) const noexcept override { state_.advance_to(shows_.time_s(moment_s)); }

private:
    RankState& state_;
    NodeClock shows_;
};

}  // namespace plumbline::sim
