// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace plumbline {

/// What a sample of a congestion case was.
enum class CongestionStage : std::uint8_t {
    isolated,   ///< the aggressors slept
    congested,  ///< they were at it from before its start until after its end
    left_out,   ///< a warm-up, or one that the aggressors' traffic didn't cover
};
/// What a rank was in a split.
enum class CongestionRole : std::uint8_t { neither, victim, aggressor };

/// What each sample of a congestion case was. The ranks' times are the victims'; aggressors have 0.
struct CongestionRows {
    std::vector<std::uint8_t> stage;  ///< [sample] CongestionStage
    std::vector<std::int32_t> split;  ///< [sample] of the round, from 0
    std::vector<std::uint8_t> role;   ///< [split][rank of the case] CongestionRole
    std::vector<double> aggressor_s;  ///< [split][rank] an execution of theirs beside the victims; NaN: none
    bool operator==(const CongestionRows&) const = default;
};

}  // namespace plumbline
