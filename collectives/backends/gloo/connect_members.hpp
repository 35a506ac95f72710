// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <gloo/context.h>
#include <gloo/transport/device.h>

#include <chrono>
#include <memory>

namespace plumbline::gloo_backend {

/// Collective over members: a context in which each member is connected to each other, and each pair has shown that it
/// leads to the right one. Gloo takes the first who connects to a pair's port for the peer; where that was a stranger
/// (a port scanner), all connect anew, four times at most. Throws BackendError, the same on all members.
std::shared_ptr<::gloo::Context> connect_members(Communicator& members,
                                                 const std::shared_ptr<::gloo::transport::Device>& device,
                                                 std::chrono::milliseconds timeout);

}  // namespace plumbline::gloo_backend
