// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <functional>
#include <memory>

namespace plumbline {

/// Runs `body` on `ranks` fibers of this thread, each with a communicator over all of them, and waits for all.
/// The first exception that a rank throws is rethrown here; the other ranks, if blocked in the communicator, are woken
/// with std::runtime_error("rank R failed"). abort() on a rank throws out of its body in the same way.
void run_as_fibers(int ranks, const std::function<void(Communicator&)>& body);

}  // namespace plumbline
