// SPDX-License-Identifier: Apache-2.0
#include "results/report/rank_dots.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace plumbline::report {
namespace {

std::vector<RankDot> largest_of_hosts(const std::vector<RankDot>& all, const RunMetadata& info)
{
    std::map<int, int> node_of;
    for (const RankLocation& place : info.places) {
        node_of.emplace(place.rank, place.node);
    }
    std::map<int, RankDot> largest;  // by host; below 0 a rank whose place isn't known
    for (const RankDot& dot : all) {
        const auto known = node_of.find(dot.rank);
        const auto [place, is_new] = largest.emplace(known == node_of.end() ? -1 - dot.rank : known->second, dot);
        if (!is_new && dot.value > place->second.value) {
            place->second = dot;
        }
    }
    std::vector<RankDot> dots;
    dots.reserve(largest.size());
    for (const auto& [node, dot] : largest) {
        dots.push_back(dot);
    }
    return dots;
}

}  // namespace

RankDots dots_for_picture(std::vector<RankDot> all, const RunMetadata& info, std::size_t most)
{
    if (all.size() <= most) {
        return {.dots = std::move(all), .of_hosts = false, .left_out = 0};
    }
    RankDots shown{.dots = largest_of_hosts(all, info), .of_hosts = true, .left_out = 0};
    if (shown.dots.size() > most) {
        shown.left_out = shown.dots.size() - most;
        std::ranges::stable_sort(shown.dots, std::ranges::greater{}, &RankDot::value);
        shown.dots.resize(most);
    }
    std::ranges::sort(shown.dots, {}, [](const RankDot& dot) { return std::tuple(dot.probe, dot.rank); });
    return shown;
}

}  // namespace plumbline::report
