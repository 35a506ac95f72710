// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "harness/util/rank_status.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What the watchdog of rank 0 knows of one rank.
struct RankObservation {
    std::string name;        ///< "rank 3 (host2)"
    bool watched = true;     ///< false: its watchdog never connected to rank 0's
    bool left = false;       ///< it has ended regularly
    bool died = false;       ///< its connection broke before that
    double silent_s = 0;     ///< since its last message
    double unchanged_s = 0;  ///< since its state changed
    RankState state;
};

/// The name of a slot of the plan: "allreduce, 64 MiB, 4 ranks".
using WorkName = std::function<std::string(std::uint32_t position)>;

/// Why a launch hangs.
struct HangReport {
    std::string sentence;           ///< names the ranks that the others wait for
    std::vector<std::string> dump;  ///< last state of each rank, one line for ranks in the same state
};

/// Nothing while the launch is healthy. A rank that died is reported at once; one that is silent, or behind while no
/// rank makes progress, after `bound_s`. Errors of the library are not judged here: each rank checks for them itself
/// while it waits. Pure.
std::optional<HangReport> detect_hang(std::span<const RankObservation> ranks, double bound_s, const WorkName& work);

}  // namespace plumbline
