#pragma once

#include "collectives/backend.hpp"

#include <memory>
#include <string>

namespace plumbline::mpi {

/// True when the library runs its ranks on a simulated cluster (SimGrid's SMPI): time passes there only in MPI calls
/// and in sleeps, and only MPI_Wtime tells it in full.
bool library_is_simulator();

/// The simulated time, the same on all ranks.
class SimulatedClock final : public Clock {
public:
    double now_s() const noexcept override;
    /// Sleeps: a clock that is only looked at stands still.
    void wait_until(double moment_s) const noexcept override;
};

/// Compute as simulated time that passes.
std::unique_ptr<Operation> make_simulated_compute(double seconds);

/// What the host of this rank is called, simulated or real.
std::string host_name();

}  // namespace plumbline::mpi
