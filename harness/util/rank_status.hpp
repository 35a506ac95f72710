// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>

namespace plumbline {

/// What a rank is doing, as its watchdog reports it. In the order in which a rank goes through them.
enum class RankPhase : std::uint8_t {
    preparing,      ///< prepares a slot: buffers, look-ups
    aligning,       ///< waits for the common start of a sample
    timed,          ///< between the time stamps of a sample
    communicating,  ///< exchanges results with the other ranks of the case
    done,           ///< has finished the slot; waits for other ranks, or stores (then `sample` counts what is done)
};

struct RankState {
    std::uint32_t position = 0;  ///< 0-based position of the slot in the plan
    std::uint32_t sample = 0;    ///< sample within the slot; saturates at 2^24 - 1
    RankPhase phase = RankPhase::done;

    /// A rank with the smaller state is behind.
    auto operator<=>(const RankState& other) const
    {
        const auto key = [](const RankState& s) {
            const bool over = s.phase == RankPhase::done;
            const auto step = std::uint64_t{s.sample} * 4 + static_cast<std::uint64_t>(s.phase);
            return (std::uint64_t{s.position} << 32U) | (over ? 0xFFFFFFFFU : step);
        };
        return key(*this) <=> key(other);
    }
    bool operator==(const RankState& other) const { return (*this <=> other) == 0; }
};

/// Written by the rank, read by its watchdog: one relaxed store of one word, which costs a measurement nothing.
class RankStatus {
public:
    void set(RankState state) noexcept { word_.store(pack(state), std::memory_order_relaxed); }
    void begin(std::uint32_t position) noexcept
    {
        state_ = {.position = position, .sample = 0, .phase = RankPhase::preparing};
        set(state_);
    }
    void enter(RankPhase phase) noexcept
    {
        state_.phase = phase;
        set(state_);
    }
    void next_sample() noexcept { state_.sample += state_.sample < most_samples ? 1U : 0U; }

    /// While a rank stores or folds, which has no samples: its work goes on.
    void go_on() noexcept
    {
        RankState now = unpack(word());
        now.sample = now.sample < most_samples ? now.sample + 1 : 0;
        set(now);
    }

    std::uint64_t word() const noexcept { return word_.load(std::memory_order_relaxed); }

    static constexpr std::uint64_t pack(RankState state) noexcept
    {
        return (std::uint64_t{state.position} << 32U) | (std::uint64_t{state.sample} << 8U) |
               static_cast<std::uint64_t>(state.phase);
    }
    static constexpr RankState unpack(std::uint64_t word) noexcept
    {
        return {.position = static_cast<std::uint32_t>(word >> 32U),
                .sample = static_cast<std::uint32_t>(word >> 8U) & most_samples,
                .phase = static_cast<RankPhase>(word & 0xFFU)};
    }

private:
    static constexpr std::uint32_t most_samples = 0xFFFFFF;
    RankState state_;  ///< the rank's own copy
    std::atomic<std::uint64_t> word_{pack({})};
};

}  // namespace plumbline
