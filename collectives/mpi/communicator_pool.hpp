#pragma once

#include <mpi.h>

#include <map>
#include <span>
#include <vector>

namespace plumbline::mpi {

/// The MPI communicators of one plane (control or data), so that traffic of the two never matches.
/// Errors come back as return codes. They live until MPI_Finalize: freeing one is collective, which no destructor may
/// be, and there are only as many as there are distinct rank sets.
class CommunicatorPool {
public:
    /// Collective over all ranks of the launch.
    CommunicatorPool();

    MPI_Comm world() const { return world_; }
    /// The communicator over these ranks of the launch, in this order; the same one for the same ranks.
    /// Collective over them alone.
    MPI_Comm over(std::span<const int> world_ranks);

private:
    MPI_Comm world_ = MPI_COMM_NULL;
    std::map<std::vector<int>, MPI_Comm> pool_;
};

int rank_in(MPI_Comm comm);
int size_of(MPI_Comm comm);

}  // namespace plumbline::mpi
