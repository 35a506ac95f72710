// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/algorithm_selection.hpp"
#include "collectives/api/backend_info.hpp"
#include "collectives/api/clock.hpp"
#include "collectives/api/communicator.hpp"
#include "collectives/api/device_monitor.hpp"
#include "collectives/api/group.hpp"

#include <memory>
#include <string>

namespace plumbline {

/// Makes the groups of subgroups out of the group of them all (ncclCommSplit, MPI_Comm_split).
class GroupSplitting {
public:
    /// Collective over the ranks of `whole`, a group of this backend's in which nothing is under way: each gets the
    /// group of its subgroup, or nothing where it names none. Subgroups have no rank in common; each must outlive its
    /// group. Throws BackendError, possibly on some ranks alone.
    virtual std::unique_ptr<Group> split(Group& whole, Communicator* subgroup) = 0;

protected:
    ~GroupSplitting() = default;
};

/// Data plane: one communication library on this rank.
class Backend {
public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    virtual const BackendInfo& info() const = 0;
    virtual const Clock& clock() const = 0;
    /// Collective over members: their data-plane group. Call once per rank set and keep it; `members` must outlive it.
    /// Throws BackendError, possibly on some ranks alone where info().survives_failure.
    virtual std::unique_ptr<Group> make_group(Communicator& members) = 0;

    /// What does the matrix products of compute kind gemm, with its version; "" where nothing does, or it doesn't tell.
    /// Opens that library, which may start threads: ask only where a case multiplies.
    virtual std::string gemm_library() const { return {}; }
    /// What this rank's library said of itself while it worked, such as the network that it found: read after the last
    /// case.
    virtual Facts library_log() const { return {}; }

    /// What some libraries have beyond that; each is null where this one has no such thing, and lives with the backend.
    virtual AlgorithmSelection* algorithm_selection() { return nullptr; }
    virtual GroupSplitting* group_splitting() { return nullptr; }
    virtual const DeviceMonitor* device_monitor() const { return nullptr; }
};

}  // namespace plumbline
