// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace plumbline {

/// One round with its header, for the way from the root of a case to the writer rank.
struct RecordMessage {
    CaseHeader header;
    Round round;
    bool operator==(const RecordMessage&) const = default;
};

std::vector<std::byte> pack(const RecordMessage& record);
/// Throws std::runtime_error for bytes that pack() did not make.
RecordMessage unpack(std::span<const std::byte> bytes);

/// Sends a record from one rank to another, such as from the root of a case to the rank that writes; nothing (an
/// interrupted round) arrives as nothing. Any rank of `world` may call it: returns the record on `to`, nothing
/// elsewhere.
std::optional<RecordMessage> send_record(Communicator& world, int from, int to,
                                         const std::optional<RecordMessage>& record);

}  // namespace plumbline
