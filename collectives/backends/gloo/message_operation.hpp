// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/operation.hpp"

#include <gloo/context.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace plumbline::gloo_backend {

/// Messages of a rank to itself, for which Gloo has no connection: the memory that a send offers to its receive.
class SelfMessages {
public:
    struct Slot {
        const std::byte* data = nullptr;
    };
    Slot& slot(std::uint64_t number) { return slots_[number]; }

private:
    std::map<std::uint64_t, Slot> slots_;
};

/// One message to or from `peer`.
struct Transfer {
    std::byte* data = nullptr;
    std::uint64_t bytes = 0;
    int peer = 0;
    std::uint64_t slot = 0;  ///< what a send and its receive have in common
};

/// start() posts the message, finish() waits until the buffer is free, or the data is there.
std::unique_ptr<Operation> make_send(::gloo::Context& context, SelfMessages& self, const Transfer& transfer);
std::unique_ptr<Operation> make_receive(::gloo::Context& context, SelfMessages& self, const Transfer& transfer);

/// One after the other; done when start() returns.
std::unique_ptr<Operation> make_sequence(std::vector<std::unique_ptr<Operation>> messages);

/// The slot of a tag of the caller's: apart from all that Gloo's collectives and ours use.
std::uint64_t slot_of_tag(int tag);
std::uint64_t slot_of_collective(int message);

}  // namespace plumbline::gloo_backend
