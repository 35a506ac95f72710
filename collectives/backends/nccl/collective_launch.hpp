// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/nccl/libraries.hpp"
#include "collectives/operations/types.hpp"

#include <functional>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// What the errors of `call` are called by.
const char* library_call(const CollectiveCall& call, const Collectives& library);

/// What puts `call` on the stream; several of them one after the other for a pingpong. Everything is looked up here.
/// `library` must outlive it.
std::function<void()> make_launch(const Collectives& library, const device::LaunchPlan& plan,
                                  const CollectiveCall& call);

/// Why this library can't do a well-formed `call`, one sentence.
std::optional<std::string> missing_form(const CollectiveCall& call, const Collectives& library);

abi::Type type_of(DataType dtype);
abi::RedOp op_of(ReduceOp op);

}  // namespace plumbline::nccl
