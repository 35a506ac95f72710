// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/backend_module.hpp"
#include "collectives/api/communicator.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace plumbline {

/// The ranks of a launch, once they are up. The destructor ends the launch in order, unless an exception is in flight
/// on this rank.
class LaunchSession {
public:
    LaunchSession() = default;
    LaunchSession(const LaunchSession&) = delete;
    LaunchSession& operator=(const LaunchSession&) = delete;
    virtual ~LaunchSession() = default;

    /// All ranks.
    virtual Communicator& world() = 0;
    /// The first rank of those that this one shares memory with; this rank where that isn't known.
    virtual int first_rank_beside() const = 0;
    /// What brings ranks to a common start where the measured backend can't. Collective over world; `host`: the ranks
    /// on this rank's host, which outlive it.
    virtual std::unique_ptr<Backend> make_sync_backend(Communicator& host) = 0;
};

/// A session whose library can be measured too.
class MpiSession : public LaunchSession {
public:
    /// Collective over world. Throws ConfigError, the same on all ranks.
    virtual std::unique_ptr<Backend> make_backend(const BackendSetup& setup) = 0;
};

/// One MPI as the program sees it. The program links none: a module plumbline-mpi-FLAVOUR.so is opened where ranks come
/// up by it, and its function plumbline_mpi_module() returns this.
struct MpiModule {
    std::string_view program_version;  ///< of the plumbline that it was built from: another one's is of no use
    /// "Open MPI 4.1.4" or the first line of what the library calls itself; usable before MPI_Init.
    std::string (*library_version)();
    /// The ranks are simulated ones (SMPI).
    bool (*is_simulator)();
    /// What the host of this rank is called, simulated or real.
    std::string (*host_name)();
    /// Before start(): lets a launch choose the library's algorithms. Of no effect on an MPI that can't.
    void (*allow_algorithms)();
    /// MPI_Init, once a process.
    std::unique_ptr<MpiSession> (*start)();
};

}  // namespace plumbline
