// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <memory>
#include <optional>

namespace plumbline {

/// Measures core-to-core latency: how long a cache line takes from the core of this process to that of another one on
/// its host. All communication through shared memory is made of such transfers; no library's own time is in it.
class CoreToCoreProbe {
public:
    enum class Side { creates, joins };

    /// Collective over world. Null on ranks without a `partner`; null on all ranks where any pair can't share memory
    /// (no /dev/shm, or not the same one). One of two partners creates the memory, the other joins.
    static std::unique_ptr<CoreToCoreProbe> open(Communicator& world, std::optional<int> partner, Side side);
    ~CoreToCoreProbe();
    CoreToCoreProbe(const CoreToCoreProbe&) = delete;
    CoreToCoreProbe& operator=(const CoreToCoreProbe&) = delete;

    /// Seconds of one way; both partners must call. The least mean of several batches of round trips, since any
    /// disturbance makes a batch slower. Takes some 0.15 ms.
    double one_way_s();

private:
    struct Lines;
    CoreToCoreProbe(Lines* lines, Side side) : lines_(lines), side_(side) {}
    void round_trips(int count);

    Lines* lines_;
    Side side_;
    long trip_ = 0;
};

}  // namespace plumbline
