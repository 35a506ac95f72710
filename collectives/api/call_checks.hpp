// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/buffer.hpp"
#include "collectives/operations/types.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace plumbline {

/// Why no library could run `call` on `ranks` ranks (no in-place form, no such root, no partner), one sentence; nothing
/// when it is well formed. Of an alltoallv in place it judges this rank's counts alone.
std::optional<std::string> invalid_call_reason(const CollectiveCall& call, int ranks);

/// Why a library that has one form of each operation can't run `call`, one sentence; nothing where none is asked for.
std::optional<std::string> missing_call_form(const CollectiveCall& call);

/// Throws std::logic_error when a buffer is smaller than `call` needs on `rank`.
void require_room(const CollectiveCall& call, int rank, int ranks, const Buffer& send, const Buffer& recv);
void require_bytes(const Buffer& buffer, std::uint64_t bytes);

/// Throws std::out_of_range unless [offset, offset + length) lies within `size`.
void require_range(std::uint64_t offset, std::uint64_t length, std::uint64_t size);

/// The buffer as its own backend knows it. Throws std::logic_error when another backend allocated it.
template <class Own, class AnyBuffer>
Own& checked_cast(AnyBuffer& buffer)
{
    auto* const own = dynamic_cast<Own*>(&buffer);
    if (own == nullptr) {
        throw std::logic_error("a buffer that this backend did not allocate");
    }
    return *own;
}

}  // namespace plumbline
