// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace plumbline {

/// Something that a file says and its samples, or its hashes, don't.
struct Contradiction {
    std::string where;       ///< "case 3", "case 3, round 1", "/scaling row 2", the path of an object
    std::string field;       ///< "median_s"
    std::string stored;      ///< as the file says
    std::string recomputed;  ///< as it must be
    bool operator==(const Contradiction&) const = default;
};

/// "case 3, median_s: the file says 2.9e-08, its samples 2.9e-05".
std::string describe(const Contradiction& contradiction);

}  // namespace plumbline
