// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/api/operation.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace plumbline {

/// What one operation of a chain works on; the same buffer twice for an in-place call.
struct BufferPair {
    Buffer* send = nullptr;
    Buffer* recv = nullptr;
};

/// Collectives that can be enqueued back to back and waited for once.
class CollectiveQueue {
public:
    /// Why `call`, which Group::unsupported_reason() has nothing against, can't be enqueued, one sentence; nothing when
    /// it can. The same answer on all ranks.
    virtual std::optional<std::string> unqueueable_reason(const CollectiveCall& call) const = 0;
    /// How many pairs of buffers a chain of `length` operations works on: 1 where each operation begins when the one
    /// before it has ended, `length` where they may run at the same time.
    virtual std::size_t buffer_pairs(std::size_t length) const = 0;
    /// Local. `length` executions of `call` as one operation: start() enqueues them all, finish() waits once, for the
    /// last. Execution i works on pair i modulo their number, which is buffer_pairs(length). Pairs may share the send
    /// buffer. Sizes and lifetimes as Group::prepare(). Throws BackendError.
    virtual std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                                     std::size_t length) = 0;

protected:
    ~CollectiveQueue() = default;
};

}  // namespace plumbline
