// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/clock_offset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace plumbline::app {

OffsetBounds offset_bounds(const BarrierTimes& node, const BarrierTimes& other)
{
    OffsetBounds bounds{.least = -std::numeric_limits<double>::infinity(),
                        .most = std::numeric_limits<double>::infinity()};
    for (std::size_t round = 0; round < BarrierTimes::rounds; ++round) {
        bounds.least = std::max(bounds.least, node.before.at(round) - other.after.at(round));
        bounds.most = std::min(bounds.most, node.after.at(round) - other.before.at(round));
    }
    return bounds;
}

std::vector<DoctorFinding> judge_clocks(std::span<const std::string> hosts, std::span<const BarrierTimes> times)
{
    constexpr double most_s = 0.1;
    std::vector<std::pair<double, std::size_t>> middles;
    for (std::size_t node = 0; node < times.size(); ++node) {
        const OffsetBounds bounds = offset_bounds(times[node], times[0]);
        middles.emplace_back((bounds.least + bounds.most) / 2, node);
    }
    std::ranges::sort(middles);
    std::vector<DoctorFinding> findings;
    // Held against the node in the middle: where one is off it is that one which is named, be it the first.
    const std::size_t usual = middles.empty() ? 0 : middles[(middles.size() - 1) / 2].second;
    for (std::size_t node = 0; node < times.size(); ++node) {
        const OffsetBounds bounds = offset_bounds(times[node], times[usual]);
        const double surely = bounds.least > 0 ? bounds.least : bounds.most < 0 ? -bounds.most : 0;
        if (node != usual && surely > most_s) {
            findings.push_back({.severity = Severity::disturbs,
                                .about = "time",
                                .hosts = {hosts[node]},
                                .problem = fmt::format("the time of day is {:.1f} s {} {}'s", surely,
                                                       bounds.least > 0 ? "ahead of" : "behind", hosts[usual]),
                                .advice = "See to its time service (chronyc tracking, timedatectl): logs don't match, "
                                          "and tokens and tickets are refused"});
        }
    }
    return findings;
}

}  // namespace plumbline::app
