#pragma once

#include "harness/util/rank_status.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// One rank as the watchdog of rank 0 knows it.
struct RankObservation {
    std::string name;        ///< "rank 3 (host2)"
    bool watched = true;     ///< false: its watchdog never reached rank 0's
    bool left = false;       ///< said goodbye: it is at the end
    bool died = false;       ///< its connection broke without a goodbye
    double silent_s = 0;     ///< since it was last heard
    double unchanged_s = 0;  ///< since its state changed
    RankState state;
};

/// What a piece of work is called: "allreduce float32 sum 64 MiB, 4 ranks".
using WorkName = std::function<std::string(std::uint32_t position)>;

/// What is wrong with a launch.
struct HangReport {
    std::string sentence;           ///< who keeps the others waiting
    std::vector<std::string> dump;  ///< what each rank last did, one line for ranks that did the same
};

/// Pure. Nothing while all is well: a rank that died is named at once, one that is silent, or behind while nobody gets
/// on, after `bound_s`. What its library finds wrong meanwhile each rank sees itself while it waits.
std::optional<HangReport> detect_hang(std::span<const RankObservation> ranks, double bound_s, const WorkName& work);

}  // namespace plumbline
