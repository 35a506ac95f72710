// SPDX-License-Identifier: Apache-2.0
#include "results/layout/links.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace plumbline::layout {

void write_links(hdf5::Contents& file, const std::string& path, const Round& round)
{
    if (!round.links) {
        return;
    }
    const std::array shape{round.seconds.samples, round.seconds.ranks};
    hdf5::write_array<std::int32_t>(
        file, path + "/send_peer", round.links->sends_to, shape,
        {"1", "rank of the case that each rank sent a message to; -1: it sent none [sample][rank]"});
    hdf5::write_array<std::uint8_t>(file, path + "/link_stage", round.links->stage, {shape.data(), 1},
                                    {"1",
                                     "0 = every pair in turn, 1 = suspects once more, 2 = a piece of work on every "
                                     "rank, 3 = rings of a group test [sample]"});
}

std::optional<LinkRows> read_links(hid_t file, const std::string& path, const SampleMatrix& seconds)
{
    if (!hdf5::exists(file, path + "/send_peer")) {
        return std::nullopt;
    }
    auto sends_to = hdf5::read_array<std::int32_t>(file, path + "/send_peer", 2);
    LinkRows rows{.sends_to = std::move(sends_to.values),
                  .stage = hdf5::read_array<std::uint8_t>(file, path + "/link_stage", 1).values};
    const auto ranks = static_cast<std::int32_t>(seconds.ranks);
    const bool known = std::ranges::all_of(rows.sends_to, [&](std::int32_t to) { return to >= -1 && to < ranks; }) &&
                       std::ranges::all_of(rows.stage, [](std::uint8_t stage) {
                           return stage <= static_cast<std::uint8_t>(LinkStage::repeated);
                       });
    if (sends_to.shape != std::vector{seconds.samples, seconds.ranks} || rows.stage.size() != seconds.samples ||
        !known) {
        throw hdf5::Error(say("{}/sends_to doesn't fit the samples", path));
    }
    return rows;
}

}  // namespace plumbline::layout
