// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace plumbline {

/// Pattern `bisect`: groups that ring at once, split until what is slow is found.
struct BisectionSpec {
    std::vector<std::uint64_t> bytes;  ///< of a message to the next in the ring; a case each
    int repetitions = 30;              ///< of each step's rings
    bool operator==(const BisectionSpec&) const = default;
};

}  // namespace plumbline
