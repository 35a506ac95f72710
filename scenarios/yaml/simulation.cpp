// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

namespace {

double read_slowness(const Field& field)
{
    const double factor = field.number();
    if (factor <= 0) {
        field.reject("a factor above 0 is wanted", "Write for example 2 for a rank of half the speed");
    }
    return factor;
}

/// What `read` makes of the value of each rank that is named.
std::map<int, double> read_ranks(const Field& field, int ranks, double (*read)(const Field&))
{
    std::map<int, double> values;
    std::vector<std::string> names;
    names.reserve(static_cast<std::size_t>(ranks));
    for (int rank = 0; rank < ranks; ++rank) {
        names.push_back(std::to_string(rank));
    }
    for (const Field& member : field.members()) {
        const auto found = std::find(names.begin(), names.end(), member.key());
        if (found == names.end()) {
            const bool beyond = member.key().find_first_not_of("0123456789") == std::string::npos;
            member.fail(say("is unknown ({} takes ranks 0 to {}). {}", field.key(), ranks - 1,
                            beyond ? fmt::format("The nearest valid key is '{}'", ranks - 1) : "Choose one of them"));
        }
        values[static_cast<int>(found - names.begin())] = read(member);
    }
    return values;
}

void read_clocks(const Field& field, sim::Cluster& cluster)
{
    if (const auto offset = field.find("clock_offset")) {
        cluster.clock_offset_s = offset->seconds();
    }
    if (const auto drift = field.find("clock_drift")) {
        constexpr double most = 0.01;
        cluster.clock_drift = drift->number();
        if (cluster.clock_drift < 0 || cluster.clock_drift > most) {
            drift->reject("a share from 0 to 0.01 is wanted", "Write for example 1e-5 for 10 us a second");
        }
    }
    if (const auto launch = field.find("launch")) {
        cluster.launch_s = launch->seconds();
    }
    if (const auto burst = field.find("burst")) {
        cluster.burst_bytes = burst->bytes();
    }
    if (const auto skew = field.find("barrier_skew")) {
        cluster.barrier_skew_s = skew->seconds();
    }
}

void read_cluster_links(const Field& field, sim::Cluster& cluster)
{
    if (const auto latency = field.find("latency")) {
        cluster.latency_s = latency->seconds();
    }
    if (const auto bandwidth = field.find("bandwidth")) {
        cluster.bandwidth_bytes_per_s = bandwidth->bytes_per_second();
    }
    if (const auto noise = field.find("noise")) {
        cluster.noise = noise->number();
        if (cluster.noise < 0) {
            noise->reject("a share of at least 0 is wanted", "The nearest valid value is 0");
        }
    }
    if (const auto protocol = field.find("protocol")) {
        constexpr std::array<std::string_view, 2> words{"eager", "rendezvous"};
        cluster.rendezvous = protocol->choice(words) == 1;
    }
}

/// Links that the ranks of a node, or of a leaf, share.
sim::SharedLinks read_shared_links(const Field& field)
{
    sim::SharedLinks links;
    if (const auto nic = field.find("nic")) {
        links.nic_bytes_per_s = nic->bytes_per_second();
    }
    if (const auto leaf = field.find("leaf")) {
        const LeafRate rate = read_leaf(*leaf);
        links.leaf_nodes = rate.nodes;
        links.uplink_bytes_per_s = rate.bytes_per_s;
    }
    return links;
}

}  // namespace

void read_simulation(const Field& field, Scenario& scenario)
{
    constexpr std::array<std::string_view, 19> keys{"ranks",          "latency",      "bandwidth",   "noise",
                                                    "seed",           "protocol",     "clock_drift", "clock_offset",
                                                    "ranks_per_node", "barrier_skew", "slow_ranks",  "inbound_delay",
                                                    "faults",         "link_spread",  "outliers",    "nic",
                                                    "leaf",           "burst",        "launch"};
    // The ranks are fibers of one process, and each knows where all the others are.
    constexpr int max_ranks = 16384;
    field.expect_keys("simulation", keys);
    if (const auto ranks = field.find("ranks")) {
        scenario.simulated_ranks = static_cast<int>(ranks->integer(1, max_ranks));
    }
    read_cluster_links(field, scenario.cluster);
    if (const auto seed = field.find("seed")) {
        scenario.cluster.seed = seed->seed();
    }
    if (const auto ranks_per_node = field.find("ranks_per_node")) {
        scenario.cluster.ranks_per_node = ranks_per_node->count(1);
    }
    scenario.cluster.shared = read_shared_links(field);
    read_clocks(field, scenario.cluster);
    if (const auto slow = field.find("slow_ranks")) {
        scenario.cluster.slow_ranks = read_ranks(*slow, scenario.simulated_ranks, read_slowness);
    }
    if (const auto delay = field.find("inbound_delay")) {
        scenario.cluster.inbound_delay_s =
            read_ranks(*delay, scenario.simulated_ranks, [](const Field& member) { return member.seconds(); });
    }
    read_faults(field, scenario);
}

}  // namespace plumbline
