// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/backend.hpp"
#include "collectives/operations/types.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::conformance {

/// In every byte that a call must not touch, or has yet to write.
inline constexpr std::byte poison{0xee};

std::vector<std::byte> contents(const Buffer& buffer, std::uint64_t offset, std::uint64_t bytes);

/// The buffers of one call on this rank, with a guard behind them.
class CallBuffers {
public:
    CallBuffers(Group& group, const CollectiveCall& call);

    Buffer& send() { return shared_ ? *recv_ : *send_; }
    Buffer& recv() { return *recv_; }

    /// Writes the input anew and poisons the rest.
    void fill();
    /// What is wrong after an execution, one sentence.
    std::optional<std::string> objection() const;

private:
    CollectiveCall call_;
    int rank_;
    int ranks_;
    std::uint64_t element_;
    BufferElements elements_;
    bool shared_;
    InPlaceOffsets offsets_;
    std::unique_ptr<Buffer> recv_;
    std::unique_ptr<Buffer> send_;
    std::vector<std::byte> input_;
};

}  // namespace plumbline::conformance
