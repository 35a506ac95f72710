// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

namespace plumbline {

/// Small seeded generator whose numbers are the same with every compiler and library, unlike std's distributions.
/// splitmix64: Steele, Lea, Flood 2014.
class SplitMix64 {
public:
    explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

    /// A generator whose stream differs for each list of words.
    static SplitMix64 from(std::initializer_list<std::uint64_t> words)
    {
        std::uint64_t seed = 0;
        for (const std::uint64_t word : words) {
            seed = SplitMix64(seed ^ word).next();
        }
        return SplitMix64(seed);
    }

    std::uint64_t next()
    {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    /// Each of 0 ... bound - 1 equally likely; `bound` is positive.
    std::uint64_t below(std::uint64_t bound)
    {
        // 2^64 mod bound: the numbers under it would favour small results.
        const std::uint64_t unfair = (0 - bound) % bound;
        std::uint64_t drawn = next();
        while (drawn < unfair) {
            drawn = next();
        }
        return drawn % bound;
    }

private:
    std::uint64_t state_;
};

/// Fisher-Yates: every order equally likely.
template <class T>
void shuffle(std::vector<T>& values, SplitMix64& random)
{
    for (std::size_t left = values.size(); left > 1; --left) {
        std::swap(values[left - 1], values[random.below(left)]);
    }
}

}  // namespace plumbline
