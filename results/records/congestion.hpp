#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
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

struct Round;
struct CaseRecord;
struct CaseSummary;

/// Of each split of a round that has both kinds of samples: the victims' mean time beside the aggressors / alone.
std::vector<double> mean_impacts(const Round& round);
/// The same of the 99th percentiles, of splits with 299 samples of both kinds (below, it is no percentile).
std::vector<double> p99_impacts(const Round& round);

/// What a congestion case's row has beside the victims' congested times. The impact is the median over the splits (over
/// rounds, or launches, where observations() is) with its exact interval: splits, not samples, are the observations.
void summarize_congestion(const CaseRecord& record, CaseSummary& summary);

}  // namespace plumbline
