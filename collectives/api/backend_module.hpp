// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {

/// Whether a backend can be used on this host.
struct Availability {
    std::string version;                 ///< "NCCL 2.28.9": what its library calls itself; "" where that is unknown
    std::optional<std::string> why_not;  ///< one sentence; nothing when it can be used
    std::string remark = {};             ///< what a reader must know of a usable one ("never run on hardware")
};

/// Settings of one backend by name, as the scenario gives them.
using BackendOptions = std::map<std::string, std::string>;

/// What a backend gets to bring up this rank. The communicators outlive it.
struct BackendSetup {
    Communicator& world;    ///< all world ranks
    Communicator& host;     ///< those on this rank's host
    std::string host_name;  ///< for the sentences of errors
    std::string library;    ///< path of the library to use; "" = the one that the loader finds
    BackendOptions options = {};
};

/// One communication library as the program sees it: everything else of a backend stays in its folder.
struct BackendModule {
    std::string_view name;
    std::string_view summary;
    /// Whether it can be used here: loads the library, asks its version; runs nothing. `library` as in BackendSetup.
    Availability (*find)(const std::string& library);
    /// Collective over setup.world. Throws ConfigError, the same on all ranks, before anything was measured. Null for
    /// the two that the launcher makes itself: MPI's, on the session that is the control plane, and the simulator's,
    /// whose ranks are its own threads.
    std::unique_ptr<Backend> (*make)(const BackendSetup& setup);
};

}  // namespace plumbline
