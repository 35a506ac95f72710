// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace plumbline {
namespace {

double giga(double bytes_per_s)
{
    return bytes_per_s / 1e9;
}

constexpr double longest_latency_s = 1;

LinkRate read_rate(const Field& field)
{
    LinkRate rate{.bytes_per_s = field.require("bandwidth").bytes_per_second()};
    if (const auto latency = field.find("latency")) {
        rate.latency_s = latency->seconds();
        if (rate.latency_s >= longest_latency_s) {
            latency->reject("no link takes a second", "Write for example 2us");
        }
    }
    if (const auto reduces = field.find("reduces")) {
        rate.reduces = reduces->boolean();
    }
    return rate;
}

/// `bandwidth` is a port's where `ports` says how many there are, else that of all together.
void read_inter_node(const Field& field, Links& links)
{
    constexpr std::array<std::string_view, 5> keys{"bandwidth", "latency", "reduces", "ports", "node_bandwidth"};
    constexpr int most_ports = 1024;
    field.expect_keys("inter_node", keys);
    LinkRate rate = read_rate(field);
    const double port = rate.bytes_per_s;
    if (const auto ports = field.find("ports")) {
        links.ports = static_cast<int>(ports->integer(1, most_ports));
        rate.bytes_per_s *= links.ports;
    }
    if (const auto node = field.find("node_bandwidth")) {
        const double total = node->bytes_per_second();
        if (port > total) {
            node->reject(
                say("a port is faster, {:g} GB/s, than its node altogether, {:g} GB/s", giga(port), giga(total)),
                "Correct one of them");
        }
        if (total < rate.bytes_per_s) {
            links.port_bytes_per_s = port;
        }
        rate.bytes_per_s = std::min(rate.bytes_per_s, total);
    }
    links.inter_node = rate;
}

}  // namespace

LeafRate read_leaf(const Field& field)
{
    constexpr std::array<std::string_view, 2> keys{"nodes", "bandwidth"};
    field.expect_keys("leaf", keys);
    return {.nodes = field.require("nodes").count(1), .bytes_per_s = field.require("bandwidth").bytes_per_second()};
}

Links read_links(const Field& field)
{
    constexpr std::array<std::string_view, 4> keys{"ranks_per_node", "intra_node", "inter_node", "leaf"};
    constexpr std::array<std::string_view, 3> rate_keys{"bandwidth", "latency", "reduces"};
    field.expect_keys("links", keys);
    Links links;
    if (const auto ranks = field.find("ranks_per_node")) {
        links.ranks_per_node = ranks->count(1);
    }
    if (const auto link = field.find("intra_node")) {
        link->expect_keys("intra_node", rate_keys);
        links.intra_node = read_rate(*link);
    }
    if (const auto link = field.find("inter_node")) {
        read_inter_node(*link, links);
    }
    if (const auto leaf = field.find("leaf")) {
        links.leaf = read_leaf(*leaf);
    }
    return links;
}

}  // namespace plumbline
