// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/patterns/pairwise.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace plumbline {

/// What one rank does in one sample of a links case.
enum class LinkRole : std::uint8_t { idle, sends, receives, both };

/// A rank's buffers for messages with any peer: what it sends differs by rank and place, so that a wrong message can't
/// pass for the right one.
class LinkBuffers {
public:
    /// Throws std::bad_alloc.
    /// `launch_ranks`: as sentences name the ranks of the group; outlives this.
    LinkBuffers(Group& group, std::span<const int> launch_ranks, std::uint64_t bytes);

    /// Prepared, with all look-ups done. One way: the sender's part ends with the receiver's empty answer.
    std::unique_ptr<Operation> prepare(LinkRole role, int peer);
    /// The same messages around the ranks of `subgroup`, which is part of the group: to the next, from the one before.
    std::unique_ptr<Operation> prepare_ring(Group& subgroup);
    /// So that an old message can't pass for a new one.
    void poison();
    /// The first wrong byte of what came from `peer`, among its first and last 4 KiB, as a sentence.
    std::optional<std::string> check(int peer) const;

private:
    Group& group_;
    std::span<const int> launch_ranks_;
    std::uint64_t bytes_;
    std::unique_ptr<Buffer> out_;
    std::unique_ptr<Buffer> in_;
    std::unique_ptr<Buffer> nothing_;
};

}  // namespace plumbline
