// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/api/communicator.hpp"

namespace plumbline {

/// Collective over world: Backend::library_log() of all ranks, on `root`: all entries of rank 0, then those of other
/// ranks that rank 0 doesn't have, each with "on rank N" in its name. Empty elsewhere.
Facts gather_library_log(Communicator& world, const Backend& backend, int root);

}  // namespace plumbline
