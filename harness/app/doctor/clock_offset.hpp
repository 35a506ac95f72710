// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/doctor_report.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace plumbline::app {

/// The time of day on one node before and after a barrier of the launch, several times, in seconds since 1970.
struct BarrierTimes {
    static constexpr std::size_t rounds = 5;
    std::array<double, rounds> before{};
    std::array<double, rounds> after{};
};

/// By how much a node's time of day is ahead of another's, at least and at most, in seconds. Nobody is through a
/// barrier before all have come to it, so that each barrier bounds it both ways; the bounds of all of them hold at
/// once. Pure.
struct OffsetBounds {
    double least = 0;
    double most = 0;
};
OffsetBounds offset_bounds(const BarrierTimes& node, const BarrierTimes& other);

/// Who is surely off by more than 0.1 s from the node in the middle. `hosts`: of each of `times`. Pure.
std::vector<DoctorFinding> judge_clocks(std::span<const std::string> hosts, std::span<const BarrierTimes> times);

}  // namespace plumbline::app
