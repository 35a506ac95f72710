// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"
#include "collectives/backends/gloo/message_operation.hpp"
#include "collectives/backends/gloo/settings.hpp"
#include "collectives/operations/types.hpp"

#include <gloo/context.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::gloo_backend {

/// Where this rank stands on the data plane.
struct Endpoint {
    std::shared_ptr<::gloo::Context> context;
    Settings settings;
    SelfMessages& self;  ///< messages to itself
};

/// Why Gloo can't do a well-formed `call`, one sentence.
std::optional<std::string> missing_form(const CollectiveCall& call, int ranks, const Settings& settings);

/// `call` with everything that it needs. `send` and `recv` are equal for an in-place call and for broadcast, null where
/// this rank has no such buffer. The same order of calls on all ranks. Throws BackendError, std::bad_alloc.
std::unique_ptr<Operation> make_collective(const Endpoint& at, const CollectiveCall& call, std::byte* send,
                                           std::byte* recv);

}  // namespace plumbline::gloo_backend
