#pragma once

#include <array>
#include <cstddef>

namespace plumbline {

/// Copies within the first cache of the core that the caller runs on. They keep the core's load and store units busy,
/// so that they take longer while other work runs on the core's second hardware thread, be it that of another virtual
/// machine: a chain of dependent steps, which leaves most units idle, does not show that.
class CopyWithinCore {
public:
    static constexpr std::size_t bytes = 4096;  ///< two such blocks fit any first cache

    /// Seconds of one copy of `bytes`, the median of several batches. Some 50 us.
    double seconds();

private:
    struct alignas(64) Block {
        std::array<std::byte, bytes> data{};
    };
    Block from_, to_;
};

}  // namespace plumbline
