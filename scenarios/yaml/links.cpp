// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

namespace plumbline {

PairwiseSpec read_links_case(const Field& field)
{
    constexpr std::array traffics{LinkTraffic::one_way, LinkTraffic::both_ways};
    constexpr std::array levels{LinkLevel::rank, LinkLevel::node};
    constexpr int max_passes = 1000;
    PairwiseSpec spec;
    spec.bytes = read_sizes(field.require("bytes"));
    if (const auto traffic = field.find("traffic")) {
        spec.traffic = pick(*traffic, traffics);
    }
    if (const auto level = field.find("level")) {
        spec.level = pick(*level, levels);
    }
    if (const auto peers = field.find("peers")) {
        spec.peers = peers->is_word("all") ? std::nullopt : std::optional<int>(peers->count(1));
    }
    if (const auto group = field.find("group_nodes")) {
        if (!spec.peers) {
            group->fail("has no effect without a number of peers (all links are measured). Write for example peers: 4");
        }
        spec.group_nodes = group->count(1);
    }
    if (const auto seed = field.find("seed")) {
        spec.seed = seed->seed();
    }
    if (const auto passes = field.find("passes")) {
        spec.passes = static_cast<int>(passes->integer(1, max_passes));
    }
    if (const auto compute = field.find("compute")) {
        spec.compute_s = compute->positive_seconds();
    }
    return spec;
}

BisectionSpec read_bisect_case(const Field& field)
{
    constexpr int fewest = 15;  // for an interval at the chance of a false name
    constexpr int most = 10000;
    BisectionSpec spec;
    spec.bytes = read_sizes(field.require("bytes"));
    if (const auto repetitions = field.find("repetitions")) {
        spec.repetitions = static_cast<int>(repetitions->integer(fewest, most));
    }
    return spec;
}

CongestionSpec read_congestion_case(const Field& field)
{
    constexpr std::array levels{LinkLevel::rank, LinkLevel::node};
    constexpr std::uint64_t least_bytes = 4;  // an element of the victims' allreduce
    constexpr int most_splits = 1000;
    CongestionSpec spec;
    spec.victims = read_axis(field.require("victim"), [](const Field& item) { return pick(item, all_victims); });
    if (const auto aggressor = field.find("aggressor")) {
        spec.aggressors = read_axis(*aggressor, [](const Field& item) { return pick(item, all_aggressors); });
    }
    spec.bytes = read_sizes(field.require("bytes"));
    if (*std::min_element(spec.bytes.begin(), spec.bytes.end()) < least_bytes) {
        field.require("bytes").reject("the victims reduce elements of 4 B", "Write at least 4");
    }
    if (const auto bytes = field.find("aggressor_bytes")) {
        spec.aggressor_bytes = bytes->bytes();
    }
    if (const auto share = field.find("victims")) {
        spec.victim_share = share->number();
        if (spec.victim_share <= 0 || spec.victim_share >= 1) {
            share->reject("it is a share of the nodes or ranks, between 0 and 1", "Write for example 20%");
        }
    }
    if (const auto level = field.find("level")) {
        spec.level = pick(*level, levels);
    }
    if (const auto splits = field.find("splits")) {
        spec.splits = static_cast<int>(splits->integer(1, most_splits));
    }
    if (const auto seed = field.find("seed")) {
        spec.seed = seed->seed();
    }
    return spec;
}

}  // namespace plumbline
