// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/faults.hpp"

#include "collectives/backends/sim/cluster.hpp"
#include "collectives/backends/sim/virtual_time.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace plumbline::sim {
namespace {

constexpr std::array<std::string_view, 6> kinds{"node", "direction", "link", "leaf", "rank", "late"};
constexpr std::array<std::string_view, 3> ways{"both", "out", "in"};

bool holds(const Fault& fault, int member)
{
    return std::ranges::find(fault.members, member) != fault.members.end();
}

/// Whether the message goes out of, or into, what is faulty, in a way that is.
bool crosses(const Fault& fault, bool from_inside, bool to_inside)
{
    const bool out = from_inside && !to_inside && fault.way != Fault::Way::in;
    const bool in = !from_inside && to_inside && fault.way != Fault::Way::out;
    return out || in;
}

bool hits(const Fault& fault, int from_node, int to_node)
{
    switch (fault.kind) {
        case Fault::Kind::node:
        case Fault::Kind::direction:
        case Fault::Kind::leaf:
            return crosses(fault, holds(fault, from_node), holds(fault, to_node));
        case Fault::Kind::link: {
            const int first = fault.members.at(0);
            const int second = fault.members.at(1);
            const bool forth = from_node == first && to_node == second && fault.way != Fault::Way::in;
            const bool back = from_node == second && to_node == first && fault.way != Fault::Way::out;
            return forth || back;
        }
        case Fault::Kind::rank:
        case Fault::Kind::late:
            return false;
    }
    return false;
}

int node_of(const Cluster& cluster, int rank)
{
    return rank / std::max(cluster.ranks_per_node, 1);
}

}  // namespace

std::string_view name(Fault::Kind kind)
{
    return kinds.at(static_cast<std::size_t>(kind));
}

std::string_view name(Fault::Way way)
{
    return ways.at(static_cast<std::size_t>(way));
}

std::string describe(const Fault& fault)
{
    if (fault.kind == Fault::Kind::late) {
        return fmt::format("rank {}: {} late", fmt::join(fault.members, " "), format_seconds(fault.delay_s));
    }
    return fmt::format("{} {}, {} {}: {} times slower", name(fault.kind), fmt::join(fault.members, " "),
                       name(fault.way), fault.way == Fault::Way::both ? "ways" : "only", fault.factor);
}

double link_factor(const Cluster& cluster, int from_rank, int to_rank)
{
    const int from = node_of(cluster, from_rank);
    const int to = node_of(cluster, to_rank);
    double factor = std::max(slow_factor(cluster, from_rank), slow_factor(cluster, to_rank));
    for (const Fault& fault : cluster.faults) {
        factor = hits(fault, from, to) ? std::max(factor, fault.factor) : factor;
    }
    if (cluster.link_spread == 0 || from == to) {
        return factor;
    }
    return factor * std::exp(cluster.link_spread * normal_deviate(hash_of({cluster.seed, as_word(from), as_word(to)})));
}

double compute_factor(const Cluster& cluster, int rank)
{
    double factor = slow_factor(cluster, rank);
    for (const Fault& fault : cluster.faults) {
        factor = fault.kind == Fault::Kind::rank && holds(fault, rank) ? std::max(factor, fault.factor) : factor;
    }
    return factor;
}

double delay_s(const Cluster& cluster, int rank)
{
    double most_s = 0;
    for (const Fault& fault : cluster.faults) {
        most_s = fault.kind == Fault::Kind::late && holds(fault, rank) ? std::max(most_s, fault.delay_s) : most_s;
    }
    return most_s;
}

}  // namespace plumbline::sim
