// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace plumbline::app {

/// While it lives, an end of the process is that of MPI_Init, which can't start and ends it with a status of its own
/// (1, which says FAIL here): a sentence says so and the status becomes 5.
class BrokenStartGuard {
public:
    BrokenStartGuard();
    ~BrokenStartGuard();
    BrokenStartGuard(const BrokenStartGuard&) = delete;
    BrokenStartGuard& operator=(const BrokenStartGuard&) = delete;
};

}  // namespace plumbline::app
