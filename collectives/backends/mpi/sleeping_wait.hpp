// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <time.h>

#include <algorithm>

namespace plumbline::mpi {

/// Calls `done` until it returns true and sleeps in between, 20 us at first, then up to 1 ms.
template <class Poll>
void wait_sleeping(Poll done)
{
    constexpr long first_ns = 20'000;
    constexpr long longest_ns = 1'000'000;
    for (long pause_ns = first_ns; !done(); pause_ns = std::min(2 * pause_ns, longest_ns)) {
        const timespec pause{.tv_sec = 0, .tv_nsec = pause_ns};
        // The C call, so that a simulator that replaces it sees it; waking up early does no harm.
        nanosleep(&pause, nullptr);
    }
}

}  // namespace plumbline::mpi
