// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace plumbline {

/// Times copies within the first-level cache of the caller's core. They keep the core's load and store units busy, so
/// they take longer while other work runs on the core's second hardware thread (SMT contention), even that of another
/// virtual machine. A chain of dependent steps, which leaves most units idle, does not show that.
class L1CopyProbe {
public:
    static constexpr std::size_t bytes = 4096;  ///< two such blocks fit into any first-level cache

    /// Seconds of one copy of `bytes`, the median of several batches. Takes some 50 us.
    double seconds();

private:
    struct alignas(64) Block {
        std::array<std::byte, bytes> data{};
    };
    Block from_, to_;
};

}  // namespace plumbline
