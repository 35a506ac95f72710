#pragma once

#include "collectives/backend.hpp"
#include "collectives/hash.hpp"
#include "collectives/sim/sim_backend.hpp"

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

/// What execution `number` of `stream` takes, as a multiple of its cost (Box, Muller 1958 for the normal deviate).
inline double noise_factor(const Cluster& cluster, std::uint64_t stream, std::uint64_t number)
{
    if (cluster.noise == 0) {
        return 1;
    }
    const std::uint64_t first = hash_of({cluster.seed, stream, number});
    const double radius = std::sqrt(-2 * std::log(unit_interval(first)));
    const double normal = radius * std::cos(2 * std::numbers::pi * unit_interval(mixed_bits(first)));
    return 1 + cluster.noise * std::abs(normal);
}

inline double slow_factor(const Cluster& cluster, int world_rank)
{
    const auto found = cluster.slow_ranks.find(world_rank);
    return found == cluster.slow_ranks.end() ? 1 : found->second;
}

/// One rank's place in virtual time. Only that rank's thread touches it.
struct RankState final : Clock {
    double now_s() const noexcept override { return time_s; }
    void advance_to(double moment_s) { time_s = std::max(time_s, moment_s); }

    double time_s = 0;
    double link_free_s = 0;  ///< when the last eager message has left
    std::uint64_t computes = 0;
    std::map<std::vector<int>, std::uint64_t> joins;  ///< how often it joined these members
};

}  // namespace plumbline::sim
