// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/communicator.hpp"

namespace plumbline {

/// CLOCK_MONOTONIC of this host: the same on all its ranks.
class HostClock final : public Clock {
public:
    /// Moments are told from `origin_s`.
    explicit HostClock(long origin_s) : origin_s_(origin_s) {}
    double now_s() const noexcept override;
    double counts_per_second() const noexcept override { return 1e9; }

private:
    long origin_s_;  ///< so that a double keeps its nanoseconds after years of uptime
};

/// Whole seconds of CLOCK_MONOTONIC, now: an origin for the clocks of one host if all its ranks are given the same.
long monotonic_second() noexcept;

/// Collective over `host`, the ranks of one host: a clock that they share.
HostClock make_host_clock(Communicator& host);

}  // namespace plumbline
