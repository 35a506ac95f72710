// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

/// The value of a variable of the environment; nothing where it isn't set or empty.
using Variables = std::function<std::optional<std::string>(const char* name)>;

/// This process's.
Variables environment_variables();

/// What one launcher says of a launch in the environment of each of its processes.
struct AnnouncedLaunch {
    std::string launcher;             ///< for people: "torchrun (or PyTorchJob, JobSet, Volcano)"
    std::string size_variable;        ///< the one that says how many ranks there are
    int size = 0;                     ///< 0 where it can't be told
    bool is_least = false;            ///< there may be more than `size`
    bool is_around = false;           ///< of a step that may be around the launcher that counts: a task a node
    std::optional<int> rank;          ///< of this process
    std::optional<std::string> host;  ///< where rank 0 is met, without MPI
    std::optional<int> port;
};

/// Ranks that MPI's own launchers, or a batch system's in their place, announce to an MPI: Open MPI's mpirun, Hydra
/// (MPICH, Intel MPI), MVAPICH, srun with PMI, jsrun, Flux, PALS. Nothing where none does.
std::optional<AnnouncedLaunch> announced_to_mpi(const Variables& get);

/// What each of them announces, in order of precedence: an mpirun inside a step of a batch system counts, not the step.
std::vector<AnnouncedLaunch> all_announced_to_mpi(const Variables& get);

/// Ranks that are announced to anybody: RANK and WORLD_SIZE (torchrun, PyTorchJob, JobSet, Volcano, LWS), a step of
/// Slurm, RANK_ID and RANK_SIZE (Ascend). Throws ConfigError for half an announcement (a size without a rank, a rank
/// beyond the size, a number that is none), and where two of these contradict each other.
std::optional<AnnouncedLaunch> announced_to_all(const Variables& get);

/// The tasks of a job of Slurm whose script this is: SLURM_PROCID and SLURM_NTASKS are set there too, and no step is.
std::optional<AnnouncedLaunch> announced_to_job_script(const Variables& get);

/// Whether both can't hold: `counts` would be another launch than `other` announces.
bool contradict(const AnnouncedLaunch& counts, const AnnouncedLaunch& other);

/// The first host of Slurm's list: "node01" of "node[01-16,20],login"; nothing where the text is no list.
std::optional<std::string> first_host(std::string_view list);

}  // namespace plumbline::app
