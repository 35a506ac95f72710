#pragma once

#include "collectives/nccl/libraries.hpp"
#include "collectives/types.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace plumbline::nccl {

/// One call of this rank, with what NCCL is given for it.
struct LaunchPlan {
    const Collectives* library = nullptr;
    abi::Comm comm = nullptr;
    cuda::Stream stream = nullptr;
    int rank = 0;
    int ranks = 1;
    std::byte* send = nullptr;
    std::byte* recv = nullptr;
    std::byte* token = nullptr;  ///< two elements of device memory of our own, for a barrier
};

/// What the errors of `collective` are called by.
const char* library_call(Collective collective);

/// What puts `call` on the stream; several of them one after the other for a pingpong. Everything is looked up here.
std::function<void()> make_launch(const LaunchPlan& plan, const CollectiveCall& call);

/// Why NCCL can't do a well-formed `call`, one sentence.
std::optional<std::string> missing_form(const CollectiveCall& call);

abi::Type type_of(DataType dtype);
abi::RedOp op_of(ReduceOp op);

}  // namespace plumbline::nccl
