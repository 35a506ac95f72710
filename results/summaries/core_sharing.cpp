// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/core_sharing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <iterator>
#include <string_view>
#include <system_error>

namespace plumbline {
namespace {

/// No machine has more: a list that says so is malformed, and would only take memory.
constexpr int highest_core = 65535;

/// A number at the front of `text`, which is taken off.
std::optional<int> take_number(std::string_view& text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

}  // namespace

std::vector<int> parse_cores(const std::string& list)
{
    std::vector<int> cores;
    std::string_view rest = list;
    while (!rest.empty()) {
        const auto first = take_number(rest);
        auto last = first;
        if (first && rest.starts_with('-')) {
            rest.remove_prefix(1);
            last = take_number(rest);
        }
        if (!first || !last || *last < *first || *last > highest_core || !(rest.empty() || rest.starts_with(','))) {
            return {};
        }
        for (int core = *first; core <= *last; ++core) {
            cores.push_back(core);
        }
        rest.remove_prefix(rest.empty() ? 0 : 1);
    }
    return cores;
}

std::map<int, HostCores> cores_by_host(std::span<const RankLocation> places)
{
    std::map<int, HostCores> hosts;
    for (const RankLocation& place : places) {
        const auto cores = parse_cores(place.cores);
        if (cores.empty()) {
            continue;
        }
        HostCores& host = hosts[place.node];
        host.cores.insert(cores.begin(), cores.end());
        ++host.ranks;
        if (cores.size() > 1) {
            continue;
        }
        const auto [other, alone] = host.rank_of_core.emplace(cores.front(), place.rank);
        if (!alone) {
            host.shared.push_back({.core = cores.front(), .first_rank = other->second, .second_rank = place.rank});
        }
    }
    return hosts;
}

std::optional<std::string> describe_sharing(std::span<const RankLocation> places)
{
    std::vector<RankLocation> working;
    std::ranges::copy_if(places, std::back_inserter(working), [](const RankLocation& p) { return p.device.empty(); });
    const auto hosts = cores_by_host(working);
    for (const auto& [node, host] : hosts) {
        if (host.overfull()) {
            return fmt::format("{} ranks share {} core{}", host.ranks, host.cores.size(),
                               host.cores.size() == 1 ? "" : "s");
        }
    }
    for (const auto& [node, host] : hosts) {
        if (!host.shared.empty()) {
            const SharedCore& pair = host.shared.front();
            return fmt::format("ranks {} and {} share a core", pair.first_rank, pair.second_rank);
        }
    }
    return std::nullopt;
}

std::optional<std::string> describe_sharing(std::span<const RankLocation> launch,
                                            const std::function<std::vector<int>()>& world_ranks)
{
    if (!describe_sharing(launch)) {
        return std::nullopt;
    }
    std::vector<RankLocation> places;
    for (const int rank : world_ranks()) {
        if (rank >= 0 && static_cast<std::size_t>(rank) < launch.size()) {
            places.push_back(launch[static_cast<std::size_t>(rank)]);
        }
    }
    return describe_sharing(places);
}

}  // namespace plumbline
