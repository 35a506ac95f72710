#include "scenarios/yaml_parts.hpp"

namespace plumbline {

LinksSpec read_links_case(const Field& field)
{
    constexpr std::array traffics{LinkTraffic::one_way, LinkTraffic::both_ways};
    constexpr std::array levels{LinkLevel::rank, LinkLevel::node};
    constexpr int max_passes = 1000;
    LinksSpec spec;
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

BisectSpec read_bisect_case(const Field& field)
{
    constexpr int fewest = 15;  // for an interval at the chance of a false name
    constexpr int most = 10000;
    BisectSpec spec;
    spec.bytes = read_sizes(field.require("bytes"));
    if (const auto repetitions = field.find("repetitions")) {
        spec.repetitions = static_cast<int>(repetitions->integer(fewest, most));
    }
    return spec;
}

}  // namespace plumbline
