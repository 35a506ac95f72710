// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/backend_module.hpp"
#include "collectives/api/communicator.hpp"

#include <climits>
#include <memory>
#include <string>

namespace plumbline::mpi {

/// MPI from start to end, once a process. The destructor finalises, unless an exception is in flight on this rank.
class Session {
public:
    /// Initialises MPI. Throws ConfigError when the launcher's variables say that this process is one of several while
    /// MPI sees it alone (started with the launcher of another MPI).
    Session(int* argc, char*** argv);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// All world ranks.
    Communicator& world();
    /// The first world rank of those that this rank shares memory with, as MPI sees it.
    int first_rank_beside() const;
    /// The library under measurement. Collective over world. `max_count`: elements that one MPI call may be given;
    /// larger operations are cut, and tests make it small to see that done.
    std::unique_ptr<Backend> make_backend(int max_count = INT_MAX);

    /// The same as the setup's options say. Throws ConfigError, the same on all ranks.
    std::unique_ptr<Backend> make_backend(const BackendSetup& setup);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// "Open MPI 4.1.4" or the first line of what the library calls itself; usable before and without a session.
std::string library_version();

/// The number of ranks that a launcher announced in the environment (Open MPI's, PMI's, Slurm's step,
/// jsrun's, Flux's, PALS'), 0 if none did;
/// `who` gets the variable's name. `get` looks a variable up (std::getenv in the program).
int announced_ranks(const char* (*get)(const char*), std::string& who);

}  // namespace plumbline::mpi
