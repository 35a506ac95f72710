// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace plumbline {

/// The memory bound of a plan, corrected by what this rank has taken so far.
class MemoryWatch {
public:
    /// What this rank has taken, and the most that it will have, as far as is known by now.
    struct Correction {
        std::uint64_t taken = 0;
        std::uint64_t former_most = 0;
        std::uint64_t most = 0;
        bool operator==(const Correction&) const = default;
    };

    MemoryWatch() = default;
    /// `slots`: what each is bound to need beside `program`, the program before the first one; 0: not known, and
    /// nothing is ever said.
    MemoryWatch(std::uint64_t program, std::vector<std::uint64_t> slots) : slots_(std::move(slots))
    {
        const auto largest = std::ranges::max_element(slots_);
        most_ = program > 0 && largest != slots_.end() ? program + *largest : 0;
    }

    /// Slots up to this one are done, and the rank has had `taken` at the most. A correction where that is beyond the
    /// bound: what later slots need more than the earlier ones comes on top.
    std::optional<Correction> finished(std::size_t slot, std::uint64_t taken)
    {
        if (most_ == 0 || slot >= slots_.size() || taken <= most_) {
            return std::nullopt;
        }
        const auto next = slots_.begin() + static_cast<std::ptrdiff_t>(slot) + 1;
        const std::uint64_t before = *std::max_element(slots_.begin(), next);
        const std::uint64_t after = next == slots_.end() ? 0 : *std::max_element(next, slots_.end());
        const std::uint64_t former = std::exchange(most_, taken + (after > before ? after - before : 0));
        return Correction{.taken = taken, .former_most = former, .most = most_};
    }

private:
    std::vector<std::uint64_t> slots_;
    std::uint64_t most_ = 0;  ///< 0: not known
};

}  // namespace plumbline
