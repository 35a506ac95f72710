// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mpi.h>

#include <map>
#include <span>
#include <vector>

namespace plumbline::mpi {

/// The MPI communicators of one plane (control or data), so that traffic of the two never matches.
/// Errors come back as return codes. They live until renew() or MPI_Finalize: freeing one is collective, which no
/// destructor may be, and between the two there are only as many as there are distinct rank sets.
class CommunicatorPool {
public:
    /// Some world ranks, and their communicator; `members` lies in the pool.
    struct Entry {
        std::span<const int> members;
        MPI_Comm comm = MPI_COMM_NULL;
    };

    /// `world`: of all world ranks, for this plane alone.
    explicit CommunicatorPool(MPI_Comm world);
    CommunicatorPool(const CommunicatorPool&) = delete;
    CommunicatorPool& operator=(const CommunicatorPool&) = delete;

    MPI_Comm world() const { return world_.comm; }
    const Entry& everyone() const { return world_; }
    /// The communicator over these world ranks, in this order; the same one for the same ranks.
    /// Collective over them alone.
    Entry over(std::span<const int> world_ranks);
    /// Another communicator over them, which over() doesn't know. Collective over them alone.
    MPI_Comm another_over(std::span<const int> world_ranks);
    /// Collective over all world ranks, between two cases: frees all that over() and another_over() gave, which nobody
    /// may use any more. The next ones are new, that of all ranks too; world() stays.
    void renew();

private:
    std::map<std::vector<int>, MPI_Comm> pool_;  ///< null where the communicator is still to be made
    std::vector<MPI_Comm> others_;               ///< in the order in which all their ranks made them
    Entry world_;
};

int rank_in(MPI_Comm comm);
int size_of(MPI_Comm comm);

}  // namespace plumbline::mpi
