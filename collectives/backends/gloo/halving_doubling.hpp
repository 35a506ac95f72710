// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"
#include "collectives/operations/types.hpp"

#include <gloo/context.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::gloo_backend {

/// Why Gloo's recursive halving and doubling can't do a call (it works in place, counts in int, has no bfloat16).
std::optional<std::string> missing_halving_doubling(const CollectiveCall& call, int ranks);

/// An allreduce or reduce_scatter in place by recursive halving and doubling. The same order of calls on all ranks.
std::unique_ptr<Operation> make_halving_doubling(const std::shared_ptr<::gloo::Context>& context,
                                                 const CollectiveCall& call, std::byte* data);

}  // namespace plumbline::gloo_backend
