#pragma once

#include "results/records/case_header.hpp"
#include "results/records/round.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace plumbline {

/// One round with its header as bytes, for the hop from the rank that reports a case to the rank that records.
struct RecordMessage {
    CaseHeader header;
    Round round;
    bool operator==(const RecordMessage&) const = default;
};

std::vector<std::byte> pack(const RecordMessage& record);
/// Throws std::runtime_error for bytes that pack() did not make.
RecordMessage unpack(std::span<const std::byte> bytes);

}  // namespace plumbline
