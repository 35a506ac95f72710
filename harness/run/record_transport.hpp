#pragma once

#include "results/records/record.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace plumbline {

/// One round with its header as bytes, for the hop from the rank that reports a case to the rank that records.
struct WireRecord {
    CaseHeader header;
    Round round;
    bool operator==(const WireRecord&) const = default;
};

std::vector<std::byte> pack(const WireRecord& record);
/// Throws std::runtime_error for bytes that pack() did not make.
WireRecord unpack(std::span<const std::byte> bytes);

}  // namespace plumbline
