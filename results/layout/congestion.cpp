// SPDX-License-Identifier: Apache-2.0
#include "results/layout/congestion.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace plumbline::layout {

void write_congestion(hdf5::Contents& file, const std::string& path, const Round& round)
{
    if (!round.congestion) {
        return;
    }
    const CongestionRows& rows = *round.congestion;
    const std::array samples{round.seconds.samples};
    hdf5::write_array<std::uint8_t>(
        file, path + "/congestion/stage", rows.stage, samples,
        {"1", "0 = the aggressors slept, 1 = they were at it all the time, 2 = left out [sample]"});
    hdf5::write_array<std::int32_t>(file, path + "/congestion/split", rows.split, samples,
                                    {"1", "which of the round's splits the sample is of [sample]"});
    const std::array shape{rows.role.size() / round.seconds.ranks, round.seconds.ranks};
    hdf5::write_array<std::uint8_t>(file, path + "/congestion/role", rows.role, shape,
                                    {"1", "0 = neither, 1 = victim, 2 = aggressor [split][rank]"});
    hdf5::write_array<double>(
        file, path + "/congestion/aggressor_s", rows.aggressor_s, shape,
        {"s", "mean time of an aggressor's execution beside the victims, NaN: none [split][rank]"});
}

std::optional<CongestionRows> read_congestion(hid_t file, const std::string& path, const SampleMatrix& seconds)
{
    if (!hdf5::exists(file, path + "/congestion")) {
        return std::nullopt;
    }
    auto role = hdf5::read_array<std::uint8_t>(file, path + "/congestion/role", 2);
    auto aggressor_s = hdf5::read_array<double>(file, path + "/congestion/aggressor_s", 2);
    CongestionRows rows{.stage = hdf5::read_array<std::uint8_t>(file, path + "/congestion/stage", 1).values,
                        .split = hdf5::read_array<std::int32_t>(file, path + "/congestion/split", 1).values,
                        .role = std::move(role.values),
                        .aggressor_s = std::move(aggressor_s.values)};
    const auto splits = static_cast<std::int32_t>(role.shape.front());
    const bool known =
        std::ranges::all_of(rows.stage,
                            [](auto stage) { return stage <= static_cast<std::uint8_t>(CongestionStage::left_out); }) &&
        std::ranges::all_of(rows.split, [&](std::int32_t split) { return split >= 0 && split < splits; }) &&
        std::ranges::all_of(
            rows.role, [](auto role_of) { return role_of <= static_cast<std::uint8_t>(CongestionRole::aggressor); });
    if (!known || rows.stage.size() != seconds.samples || rows.split.size() != seconds.samples ||
        role.shape != aggressor_s.shape || role.shape.back() != seconds.ranks) {
        throw hdf5::Error(say("{}/congestion doesn't fit the samples", path));
    }
    return rows;
}

}  // namespace plumbline::layout
