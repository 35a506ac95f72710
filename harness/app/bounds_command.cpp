// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "collectives/util/units.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "results/bounds/bounds_table.hpp"
#include "results/printers/bounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline::app {

namespace {

double rate_of(std::string_view option, std::string_view text)
{
    const auto rate = parse_bandwidth(text);
    if (!rate) {
        throw ConfigError(say(
            "{} '{}' is no rate (a number and a unit are read). Write for example 400Gbit/s or 50GB/s", option, text));
    }
    return *rate;
}

double latency_of(std::string_view option, std::string_view text)
{
    const auto seconds = parse_seconds(text);
    if (!seconds) {
        throw ConfigError(
            say("{} '{}' is no time (a number and a unit are read). Write for example 2us", option, text));
    }
    return *seconds;
}

/// "4x400Gbit/s": how many, and a rate.
struct Counted {
    std::optional<int> count;
    double bytes_per_s = 0;
};
Counted counted_rate(std::string_view option, std::string_view text)
{
    const std::size_t times = text.find('x');
    if (times == std::string_view::npos) {
        return {.count = std::nullopt, .bytes_per_s = rate_of(option, text)};
    }
    constexpr int most = 1'000'000;
    int count = 0;
    const std::string_view number = text.substr(0, times);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (error != std::errc{} || end != number.data() + number.size() || count < 1 || count > most) {
        throw ConfigError(
            say("{} '{}' has no count of 1 to {} before the x. Write for example 4x400Gbit/s", option, text, most));
    }
    return {.count = count, .bytes_per_s = rate_of(option, text.substr(times + 1))};
}

Links links_of(const BoundsOptions& options)
{
    Links links;
    if (!options.ports.empty()) {
        const Counted ports = counted_rate("--ports", options.ports);
        links.ports = ports.count.value_or(1);
        links.inter_node = LinkRate{.bytes_per_s = ports.bytes_per_s * links.ports};
    }
    if (!options.inside.empty()) {
        links.intra_node = LinkRate{.bytes_per_s = rate_of("--inside", options.inside)};
    } else if (options.ranks_per_node > 1) {
        // Not stated: it does not limit.
        constexpr double any = 1e300;
        links.intra_node = LinkRate{.bytes_per_s = any};
    }
    const auto set_latency = [](std::optional<LinkRate>& rate, double seconds) {
        if (rate) {
            rate->latency_s = seconds;
        }
    };
    if (!options.latency.empty()) {
        set_latency(links.inter_node, latency_of("--latency", options.latency));
        set_latency(links.intra_node, latency_of("--latency", options.latency));
    }
    if (!options.inside_latency.empty()) {
        set_latency(links.intra_node, latency_of("--inside-latency", options.inside_latency));
    }
    if (!options.leaf.empty()) {
        const Counted leaf = counted_rate("--leaf", options.leaf);
        if (!leaf.count) {
            throw ConfigError(say("--leaf '{}' does not say how many nodes a leaf has. Write for example 4x1600Gbit/s",
                                  options.leaf));
        }
        links.leaf = LeafRate{.nodes = *leaf.count, .bytes_per_s = leaf.bytes_per_s};
    }
    for (const std::string& where : options.reduces) {
        auto& rate = where == "inside" ? links.intra_node : links.inter_node;
        if (rate) {
            rate->reduces = true;
        }
    }
    return links;
}

std::vector<std::uint64_t> sizes_of(const std::vector<std::string>& texts)
{
    std::vector<std::uint64_t> sizes;
    for (const std::string& text : texts) {
        const auto bytes = parse_bytes(text);
        if (!bytes || *bytes == 0) {
            throw ConfigError(say("--bytes '{}' is no size. Write for example 64MiB", text));
        }
        sizes.push_back(*bytes);
    }
    return sizes;
}

}  // namespace

int bounds_command(const BoundsOptions& options)
{
    const Shape shape{.nodes = options.nodes, .ranks_per_node = options.ranks_per_node};
    constexpr std::int64_t most_ranks = 1'000'000;
    const std::int64_t ranks = std::int64_t{shape.nodes} * shape.ranks_per_node;
    if (ranks < 2 || ranks > most_ranks) {
        throw ConfigError(
            say("{} nodes of {} are {} ranks (2 to {} are looked at). Change --nodes or "
                "--ranks-per-node",
                shape.nodes, shape.ranks_per_node, ranks, most_ranks));
    }
    if (shape.nodes > 1 && options.ports.empty()) {
        throw ConfigError(
            say("--ports is missing (several nodes talk over them). Write for example --ports 8x400Gbit/s"));
    }
    if (shape.nodes == 1 && options.inside.empty()) {
        throw ConfigError(
            say("--inside is missing (the ranks of one node talk over it). Write for example --inside 450GB/s"));
    }
    const Links links = links_of(options);
    const auto sizes = sizes_of(options.bytes);
    if (sizes.empty() && (!options.latency.empty() || !options.inside_latency.empty())) {
        throw ConfigError(
            say("a latency has no effect without sizes (they are taken so large that it is nothing). Write for example "
                "--bytes 64KiB,64MiB"));
    }
    const auto rows = bounds_table(shape, links, sizes);
    Links said = links;
    if (options.inside.empty()) {
        said.intra_node.reset();
    }
    std::ostringstream text;
    if (options.format == "json") {
        bounds_json(text, shape, said, rows);
    } else if (options.format == "csv") {
        bounds_csv(text, rows);
    } else {
        bounds_text(text, shape, said, rows, chosen_language(options.language));
    }
    write_result(text.str());
    return 0;
}

}  // namespace plumbline::app
