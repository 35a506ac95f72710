// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/host/host_clock.hpp"

#include <time.h>

namespace plumbline {

namespace {

timespec monotonic_time() noexcept
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now;
}

}  // namespace

double HostClock::now_s() const noexcept
{
    const timespec now = monotonic_time();
    return static_cast<double>(now.tv_sec - origin_s_) + 1e-9 * static_cast<double>(now.tv_nsec);
}

long monotonic_second() noexcept
{
    return monotonic_time().tv_sec;
}

HostClock make_host_clock(Communicator& host)
{
    return HostClock(broadcast_value(host, monotonic_second(), 0));
}

}  // namespace plumbline
