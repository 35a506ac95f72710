// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/device/async_error_monitor.hpp"
#include "collectives/backends/device/runtime.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace plumbline::device {

/// One call of this rank, with what the library is given for it.
struct LaunchPlan {
    void* comm = nullptr;
    StreamHandle stream = nullptr;
    int rank = 0;
    int ranks = 1;
    std::byte* send = nullptr;
    std::byte* recv = nullptr;
    std::byte* token = nullptr;  ///< a few bytes of device memory of our own, for a barrier
};

/// A message of bytes on a stream, in a communicator of two ranks or more.
struct MessagePlan {
    void* comm = nullptr;
    StreamHandle stream = nullptr;
    std::byte* data = nullptr;
    std::size_t bytes = 0;
    int peer = 0;
};

/// A vendor's libraries: the runtime of its devices and the collectives on them. Groups of ranks are made of this.
class Libraries {
public:
    /// What the vendor calls the calls that others name in their errors.
    struct Names {
        const char* make_id;
        const char* send;
        const char* receive;
        const char* async_error;
    };

    Libraries() = default;
    Libraries(const Libraries&) = delete;
    Libraries& operator=(const Libraries&) = delete;
    virtual ~Libraries() = default;

    virtual const Names& names() const = 0;
    virtual const Runtime& runtime() const = 0;

    /// Bytes that the ranks of a new communicator must share. Throws BackendError.
    virtual std::string make_id() const = 0;
    /// Collective over the ranks of `place`. Throws BackendError, also when it is not up after `timeout_s`.
    virtual std::shared_ptr<Comm> join(const CommPlace& place, int device, double timeout_s) const = 0;

    /// Why the library can't do a well-formed `call` on `ranks` ranks, one sentence, the same on all ranks.
    virtual std::optional<std::string> missing_form(const CollectiveCall& call, int ranks) const = 0;
    virtual InPlaceOffsets in_place_offsets(const CollectiveCall& call, int rank, int ranks) const
    {
        return plumbline::in_place_offsets(call, rank, ranks);
    }
    /// What the errors of `call` are called by.
    virtual const char* call_name(const CollectiveCall& call) const = 0;
    /// What puts `call` on the stream. Everything is looked up here. It throws BackendError when it is called.
    virtual std::function<void()> launch(const LaunchPlan& plan, const CollectiveCall& call) const = 0;
    virtual void put_send(const MessagePlan& plan) const = 0;
    virtual void put_receive(const MessagePlan& plan) const = 0;
};

/// Block `index` of `bytes` each.
inline std::byte* block(std::byte* base, int index, std::size_t bytes)
{
    return base == nullptr ? nullptr : base + static_cast<std::size_t>(index) * bytes;
}

}  // namespace plumbline::device
