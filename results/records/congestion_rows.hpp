// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace plumbline {

/// Stage of one sample of a congestion case.
enum class CongestionStage : std::uint8_t {
    isolated,   ///< the aggressors slept
    congested,  ///< the aggressors' traffic lasted from before its start until after its end
    left_out,   ///< a warm-up, or a sample that the aggressors' traffic did not cover
};
/// Role of a rank in a split.
enum class CongestionRole : std::uint8_t { neither, victim, aggressor };

/// Stage and split of each sample of a congestion case. The times of the samples are the victims'; aggressors have 0.
struct CongestionRows {
    std::vector<std::uint8_t> stage;  ///< [sample] CongestionStage
    std::vector<std::int32_t> split;  ///< [sample] of the round, from 0
    std::vector<std::uint8_t> role;   ///< [split][rank of the case] CongestionRole
    std::vector<double>
        aggressor_s;  ///< [split][rank] time of one of the aggressors' executions beside the victims; NaN: none
    bool operator==(const CongestionRows&) const = default;
};

}  // namespace plumbline
