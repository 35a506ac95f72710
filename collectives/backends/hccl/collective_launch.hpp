// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/libraries.hpp"
#include "collectives/backends/hccl/hccl_abi.hpp"
#include "collectives/operations/types.hpp"

#include <functional>
#include <optional>
#include <string>

namespace plumbline::hccl {

class Libraries;

/// What the errors of `collective` are called by.
const char* library_call(Collective collective);

/// What puts `call` on the stream. Everything is looked up here. `libraries` must outlive it.
std::function<void()> make_launch(const Libraries& libraries, const device::LaunchPlan& plan,
                                  const CollectiveCall& call);

/// Why HCCL can't do a well-formed `call`, one sentence, the same on all ranks.
std::optional<std::string> missing_form(const CollectiveCall& call);

abi::Type type_of(DataType dtype);
abi::RedOp op_of(ReduceOp op);

}  // namespace plumbline::hccl
