#pragma once

#include "collectives/api/communicator.hpp"

#include <memory>
#include <optional>

namespace plumbline {

/// Two cache lines that this process and one other of its host share, to time what a line takes from core to core.
/// That is what all communication through shared memory is made of, without any library's own time in it.
class CoreToCoreProbe {
public:
    enum class Side { creates, joins };

    /// Collective over world: every rank calls, those without a `partner` get null. Null on all ranks when any pair
    /// can't have its memory (no /dev/shm, or partners that don't share one). Of two partners one creates.
    static std::unique_ptr<CoreToCoreProbe> open(Communicator& world, std::optional<int> partner, Side side);
    ~CoreToCoreProbe();
    CoreToCoreProbe(const CoreToCoreProbe&) = delete;
    CoreToCoreProbe& operator=(const CoreToCoreProbe&) = delete;

    /// Seconds of one way; both partners must call: the least mean of several batches of round trips, since whatever
    /// disturbs a batch makes it slower. Some 0.15 ms.
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
