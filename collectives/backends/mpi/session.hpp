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
    /// Initialises MPI. A library that can't start may end the process itself.
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

/// "Open MPI 4.1.4", "MPICH 4.0.2", or the first line of what the library calls itself; usable before and without a
/// session.
std::string library_version();
/// What MPICH was built over ("ch4:ofi"); "" where the library doesn't say.
std::string library_device();

}  // namespace plumbline::mpi
