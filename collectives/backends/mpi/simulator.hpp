// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/clock.hpp"
#include "collectives/api/operation.hpp"

#include <memory>
#include <string>

namespace plumbline::mpi {

/// True when the library runs its ranks on a simulated cluster (SimGrid's SMPI): time passes there only in MPI calls
/// and in sleeps, and only MPI_Wtime tells it in full.
bool library_is_simulator();

/// The simulated time, the same on all ranks; or, for scripts/experiments/simgrid-check, a clock of the rank's own that
/// runs at another rate.
class SimulatedClock final : public Clock {
public:
    explicit SimulatedClock(double offset_s = 0, double rate = 1) : offset_s_(offset_s), rate_(rate) {}
    double now_s() const noexcept override;
    /// Sleeps: a clock that is only looked at stands still.
    void wait_until(double moment_s) const noexcept override;

private:
    double offset_s_;
    double rate_;
};

/// The clock of this rank: PLUMBLINE_SIMULATED_DRIFT=D in the environment spreads the ranks' rates evenly over 1 - D, 1
/// - D/2, 1, 1 + D/2, 1 + D, rank by rank, and sets the clocks apart by up to 6 ms; none without it.
SimulatedClock make_simulated_clock(int rank);

/// Compute as simulated time that passes.
std::unique_ptr<Operation> make_simulated_compute(double seconds);

/// What the host of this rank is called, simulated or real.
std::string host_name();

}  // namespace plumbline::mpi
