// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"

#include <optional>
#include <string>

namespace plumbline::mpi {

/// Open MPI's own algorithms within one launch. Its component coll/tuned looks at coll_tuned_<operation>_algorithm when
/// a communicator is made (ompi/mca/coll/tuned/coll_tuned_module.c, tuned_module_enable()), provided that
/// coll_tuned_use_dynamic_rules was on at MPI_Init, and MPI's tool interface can write the former, not the latter.
/// With dynamic rules on, no rules file and no algorithm forced, it decides as without them.

///
/// MPICH's: it looks at MPIR_CVAR_<OPERATION>_INTRA_ALGORITHM in each call, and where an algorithm doesn't take the
/// call it runs by another and says nothing. So the variable is written when an operation is prepared, and what an
/// algorithm doesn't take isn't run at all.

/// Before MPI_Init: turns dynamic rules on in this process's environment, unless the user has set anything of
/// coll/tuned there, whose meaning that could change. Of no effect on another MPI.
void allow_algorithms();

/// Between MPI_Init and MPI_Finalize.
AvailableAlgorithms offered_algorithms();

/// While it lives, communicators that are made run the operation by the algorithm (Open MPI).
class ForcedAlgorithm {
public:
    /// Throws BackendError where the library refuses, std::logic_error for what isn't offered.
    explicit ForcedAlgorithm(const AlgorithmChoice& choice);
    ~ForcedAlgorithm();
    ForcedAlgorithm(const ForcedAlgorithm&) = delete;
    ForcedAlgorithm& operator=(const ForcedAlgorithm&) = delete;

private:
    Collective collective_;
    int before_ = 0;
};

/// Why a group of `size` ranks, made for the choice, would run the call by another algorithm; nothing where it
/// wouldn't. `reduced_by_mpi`: by a type and an operation of MPI's own.
std::optional<std::string> algorithm_obstacle(const AlgorithmChoice& choice, const CollectiveCall& call, int size,
                                              bool reduced_by_mpi);

/// From here on operations of this kind run by the choice, or where it is none, or of another kind, by the library's
/// own (MPICH). Outside of timed regions.
void use_algorithm(Collective collective, const std::optional<AlgorithmChoice>& choice);

}  // namespace plumbline::mpi
