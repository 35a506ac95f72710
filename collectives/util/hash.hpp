// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/device_code.hpp"

namespace plumbline {

/// SplitMix64's finaliser (Steele, Lea & Flood 2014): every bit of the result depends on every bit of `x`.
PLUMBLINE_ON_BOTH constexpr std::uint64_t mixed_bits(std::uint64_t x) noexcept
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

/// Number `index` of the SplitMix64 stream that starts at `seed`: the same on every rank and with every standard
/// library, unlike the distributions of <random>.
PLUMBLINE_ON_BOTH constexpr std::uint64_t hashed(std::uint64_t seed, std::uint64_t index) noexcept
{
    return mixed_bits(seed + (index + 1) * 0x9e3779b97f4a7c15);
}

}  // namespace plumbline
