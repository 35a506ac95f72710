// SPDX-License-Identifier: Apache-2.0
#include "harness/run/host_monitor.hpp"

#include <utility>

namespace plumbline {

namespace {

/// Probes are at least so far apart, so that they take a small share of a run of short rounds.
constexpr std::chrono::duration<double> pause{0.5};

}  // namespace

HostProbe HostMonitor::probe(int position)
{
    HostProbe probe = prober_.probe(position);
    last_ = prober_.snapshot();
    probed_ = std::chrono::steady_clock::now();
    return probe;
}

SnapshotPair HostMonitor::snapshot_after(std::size_t members)
{
    if (members < static_cast<std::size_t>(world_.size())) {
        world_.allreduce_max_sleeping(0);  // ranks that sit the case out must not wait at full speed
    }
    HostSnapshot now = prober_.snapshot();
    return {.before = std::exchange(last_, now), .after = now};
}

bool HostMonitor::is_due() const
{
    return std::chrono::steady_clock::now() - probed_ >= pause;
}

}  // namespace plumbline
