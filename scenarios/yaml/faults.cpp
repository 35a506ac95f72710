// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

namespace plumbline {

namespace {

using sim::Fault;

constexpr std::array all_kinds{Fault::Kind::node, Fault::Kind::direction, Fault::Kind::link,
                               Fault::Kind::leaf, Fault::Kind::rank,      Fault::Kind::late};
constexpr std::array all_ways{Fault::Way::both, Fault::Way::out, Fault::Way::in};

std::vector<std::string_view> keys_of(Fault::Kind kind)
{
    switch (kind) {
        case Fault::Kind::node:
            return {"kind", "factor", "node"};
        case Fault::Kind::direction:
            return {"kind", "factor", "node", "way"};
        case Fault::Kind::link:
        case Fault::Kind::leaf:
            return {"kind", "factor", "nodes", "way"};
        case Fault::Kind::rank:
            return {"kind", "factor", "rank"};
        case Fault::Kind::late:
            return {"kind", "delay", "rank"};
    }
    return {};
}

std::vector<int> read_nodes(const Field& field, Fault::Kind kind, int nodes)
{
    std::vector<int> members;
    for (const Field& item : field.one_or_more()) {
        const int node = static_cast<int>(item.integer(0, nodes - 1));
        if (std::find(members.begin(), members.end(), node) != members.end()) {
            item.reject("it is listed twice", "Remove one");
        }
        members.push_back(node);
    }
    if (kind == Fault::Kind::link && members.size() != 2) {
        field.fail("must name two nodes (a link has two ends). Write for example [0, 1]");
    }
    if (kind == Fault::Kind::leaf && std::ssize(members) >= nodes) {
        field.fail("names every node (nothing is left outside of the leaf). Name fewer");
    }
    return members;
}

Fault read_fault(const Field& field, const Scenario& scenario)
{
    constexpr std::array<std::string_view, 7> keys{"kind", "factor", "node", "nodes", "rank", "way", "delay"};
    const int ranks = scenario.simulated_ranks;
    const int per_node = scenario.cluster.ranks_per_node;
    const int nodes = (ranks + per_node - 1) / per_node;
    field.expect_keys("a fault", keys);
    Fault fault;
    fault.kind = pick(field.require("kind"), all_kinds);
    field.expect_keys(fmt::format("a fault of kind {}", name(fault.kind)), keys_of(fault.kind), keys);
    if (fault.kind == Fault::Kind::rank || fault.kind == Fault::Kind::late) {
        fault.members = {static_cast<int>(field.require("rank").integer(0, ranks - 1))};
    } else if (fault.kind == Fault::Kind::link || fault.kind == Fault::Kind::leaf) {
        fault.members = read_nodes(field.require("nodes"), fault.kind, nodes);
    } else {
        fault.members = {static_cast<int>(field.require("node").integer(0, nodes - 1))};
    }
    if (const auto way = field.find("way")) {
        fault.way = pick(*way, all_ways);
    }
    if (fault.kind == Fault::Kind::direction && fault.way == Fault::Way::both) {
        field.fail("has no 'way: out' or 'way: in' (a direction is one of them). Add it, or write kind: node");
    }
    if (fault.kind == Fault::Kind::late) {
        fault.delay_s = field.require("delay").positive_seconds();
        return fault;
    }
    const Field factor = field.require("factor");
    fault.factor = factor.number();
    if (fault.factor <= 1) {
        factor.reject("a factor above 1 on the time is wanted", "Write for example 2 for half the rate");
    }
    return fault;
}

double read_share(const Field& field)
{
    const double share = field.number();
    if (share < 0 || share >= 1) {
        field.reject("a share from 0 to below 1 is wanted", "Write for example 0.01");
    }
    return share;
}

}  // namespace

void read_faults(const Field& field, Scenario& scenario)
{
    if (const auto faults = field.find("faults")) {
        for (const Field& item : faults->items()) {
            scenario.cluster.faults.push_back(read_fault(item, scenario));
        }
    }
    if (const auto spread = field.find("link_spread")) {
        scenario.cluster.link_spread = read_share(*spread);
    }
    if (const auto outliers = field.find("outliers")) {
        constexpr std::array<std::string_view, 2> keys{"share", "factor"};
        outliers->expect_keys("outliers", keys);
        scenario.cluster.outlier_share = read_share(outliers->require("share"));
        if (const auto factor = outliers->find("factor")) {
            scenario.cluster.outlier_factor = factor->number();
            if (scenario.cluster.outlier_factor < 1) {
                factor->reject("a factor of at least 1 is wanted", "Write for example 3");
            }
        }
    }
}

}  // namespace plumbline
