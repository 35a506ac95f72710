// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/attainable.hpp"

#include "collectives/operations/data_volume.hpp"
#include "collectives/operations/types.hpp"
#include "results/bounds/bound.hpp"
#include "results/bounds/double_tree.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

namespace plumbline {
namespace {

int log2_ceil(int count)
{
    return static_cast<int>(std::bit_width(static_cast<unsigned>(count) - 1));
}

/// One step or many alike: what each kind of links carries in it; 0 where it carries nothing.
struct Step {
    double count = 1;
    double inside = 0;   ///< bytes over the busiest rank's links
    double between = 0;  ///< through the busiest node's ports
    double leaf = 0;     ///< through the busiest leaf's up-links
};

/// A case and its links as the formulas need them.
struct Fabric {
    Collective collective;
    double bytes;  ///< S
    LinkRate inside, between;
    LeafRate leaf;
    int ports = 1;
    double port_share = 1;  ///< of what a node carries altogether, by one port
    int ranks = 0;
    int nodes = 0;
    int largest = 0;              ///< ranks of the largest node
    int root_node = 0;            ///< ranks of the root's node
    double busiest_exchange = 0;  ///< of alltoall: shares that leave the node that sends most
    int leaf_ranks = 0, root_leaf = 0, leaves = 1;
    bool even = true;
    bool has_leaves = false;

    double latency_inside() const { return largest > 1 ? inside.latency_s : 0; }
    double latency_between() const { return nodes > 1 ? between.latency_s : 0; }
    double share() const { return bytes / ranks; }

    /// Each step takes as long as its slowest link.
    double seconds(const Step& step, double rails_share = 1) const
    {
        double slowest = 0;
        const auto at_least = [&](double moved, double latency, double rate) {
            slowest = moved > 0 ? std::max(slowest, latency + moved / rate) : slowest;
        };
        if (largest > 1) {
            at_least(step.inside, latency_inside(), inside.bytes_per_s);
        }
        if (nodes > 1) {
            at_least(step.between, latency_between(), between.bytes_per_s * rails_share);
        }
        if (has_leaves) {
            at_least(step.leaf, latency_between(), leaf.bytes_per_s);
        }
        return step.count * slowest;
    }
    /// Pipelined: the busiest link's bytes, and `latency_s` once.
    double pipelined(Step step, double latency_s) const
    {
        double longest = 0;
        if (largest > 1) {
            longest = step.inside / inside.bytes_per_s;
        }
        if (nodes > 1) {
            longest = std::max(longest, step.between / between.bytes_per_s);
        }
        if (has_leaves) {
            longest = std::max(longest, step.leaf / leaf.bytes_per_s);
        }
        return longest + latency_s;
    }
};

double port_share(const Links& links)
{
    const double total = links.inter_node.value_or(LinkRate{}).bytes_per_s;
    return links.port_bytes_per_s && total > 0 ? *links.port_bytes_per_s / total : 1.0 / links.ports;
}

Fabric fabric_of(const CaseIdentity& what, Collective collective, double bytes, std::span<const int> node_of_rank,
                 const Links& links)
{
    Fabric on{.collective = collective,
              .bytes = bytes,
              .inside = links.intra_node.value_or(LinkRate{}),
              .between = links.inter_node.value_or(LinkRate{}),
              .leaf = links.leaf.value_or(LeafRate{}),
              .ports = links.ports,
              .port_share = port_share(links)};
    const auto sizes = sizes_of(node_of_rank);
    on.ranks = static_cast<int>(node_of_rank.size());
    on.nodes = static_cast<int>(sizes.size());
    on.largest = std::ranges::max_element(sizes, {}, [](const auto& n) { return n.second; })->second;
    on.even = std::ranges::all_of(sizes, [&](const auto& n) { return n.second == on.largest; });
    for (const auto& [node, size] : sizes) {
        on.busiest_exchange = std::max(on.busiest_exchange, 1.0 * size * (on.ranks - size));
    }
    const int node_of_root = node_of_rank[static_cast<std::size_t>(std::clamp(what.root, 0, on.ranks - 1))];
    on.root_node = sizes.at(node_of_root);
    if (links.leaf) {
        std::map<int, int> in_leaf;
        for (const int node : node_of_rank) {
            ++in_leaf[node / links.leaf->nodes];
        }
        on.leaf_ranks = std::ranges::max_element(in_leaf, {}, [](const auto& l) { return l.second; })->second;
        on.root_leaf = in_leaf.at(node_of_root / links.leaf->nodes);
        on.leaves = static_cast<int>(in_leaf.size());
        on.has_leaves = on.leaves > 1;
    }
    return on;
}

using Time = std::pair<std::optional<double>, std::string>;

Time none(std::string why)
{
    return {std::nullopt, std::move(why)};
}

Time uneven(AlgorithmKind algorithm)
{
    return none(fmt::format("{} is for nodes with the same number of ranks each", name(algorithm)));
}

bool moves_whole(Collective collective)
{
    return collective == Collective::broadcast || collective == Collective::reduce;
}

Time ring(const Fabric& on, std::optional<int> rails)
{
    const int ports = on.ports;
    if (rails && *rails > ports && on.nodes > 1) {
        return none(fmt::format("a ring over {} rails needs as many ports a node, and {} stated", *rails,
                                ports == 1 ? "1 is" : fmt::format("{} are", ports)));
    }
    const double share = rails ? std::min(1.0, *rails * on.port_share) : 1;
    const double each = moves_whole(on.collective) ? on.bytes : on.share();
    const Step step{.count = on.collective == Collective::allreduce ? 2.0 * (on.ranks - 1) : on.ranks - 1.0,
                    .inside = each,
                    .between = each,
                    .leaf = each};
    if (!moves_whole(on.collective)) {
        return {on.seconds(step, share), {}};
    }
    Step through = step;
    through.between = each / share;
    const double latency = (on.nodes - 1) * on.latency_between() + (on.ranks - on.nodes) * on.latency_inside();
    return {on.pipelined(through, latency), {}};
}

double tree_latency(const Fabric& on)
{
    return 2 * (log2_ceil(on.nodes) * on.latency_between() + (on.largest - 1) * on.latency_inside());
}

Step between_by_tree(const Fabric& on)
{
    const TreeLoad load = double_tree_load(on.nodes, on.has_leaves ? std::optional(on.leaf.nodes) : std::nullopt);
    return {.between = load.node * on.bytes, .leaf = load.leaf * on.bytes};
}

double reduced_and_spread_inside(const Fabric& on)
{
    return 2 * (on.largest - 1.0) / on.largest * on.bytes;
}

Time tree(const Fabric& on)
{
    Step step = between_by_tree(on);
    step.inside = reduced_and_spread_inside(on);
    return {on.pipelined(step, tree_latency(on)), {}};
}

Time hierarchical(const Fabric& on)
{
    if (!on.even) {
        return uneven(AlgorithmKind::hierarchical);
    }
    const double there_and_back = on.collective == Collective::allreduce ? 2 : 1;
    if (on.collective == Collective::alltoall) {
        const double local = (on.largest - 1.0) / on.largest * on.bytes;
        const double leaving = on.largest * (on.nodes - 1.0) / on.nodes * on.bytes;
        const double leaf = on.leaf_ranks * (on.ranks - on.leaf_ranks) * on.share();
        return {on.seconds({.inside = local}) + on.seconds({.between = leaving, .leaf = leaf}), {}};
    }
    const Step inside{.count = there_and_back * (on.largest - 1), .inside = on.bytes / on.largest};
    const double of_a_node = on.bytes / on.nodes;  // the chunks of its g ranks
    const Step between{.count = there_and_back * (on.nodes - 1), .between = of_a_node, .leaf = of_a_node};
    return {on.seconds(inside) + on.seconds(between), {}};
}

Time nvls(const Fabric& on)
{
    if (on.largest < 2 || !on.inside.reduces) {
        return none("nothing states that the switch inside nodes reduces (links.intra_node.reduces: true)");
    }
    if (on.collective != Collective::allreduce) {
        return on.nodes > 1 ? none(fmt::format("nvls of {} is for one node alone", name(on.collective)))
                            : Time{on.pipelined({.inside = on.bytes}, on.latency_inside()), {}};
    }
    Step step = between_by_tree(on);
    step.inside = (1 + 1.0 / on.largest) * on.bytes;
    return {on.pipelined(step, 2 * (log2_ceil(on.nodes) * on.latency_between() + on.latency_inside())), {}};
}

Time sharp(const Fabric& on)
{
    if (on.nodes < 2) {
        return none("sharp is between nodes, and there is one");
    }
    if (!on.between.reduces) {
        return none("nothing states that the switches between nodes reduce (links.inter_node.reduces: true)");
    }
    const bool inside_reduces = on.largest > 1 && on.inside.reduces;
    const Step step{.inside = inside_reduces ? (1 + 1.0 / on.largest) * on.bytes : reduced_and_spread_inside(on),
                    .between = on.bytes,
                    .leaf = on.bytes};
    return {on.pipelined(step, on.latency_between() + 2 * on.latency_inside()), {}};
}

/// Each byte once from its source to its destination, all at the same time.
Time direct(const Fabric& on, const Ideal& bound)
{
    if (info(on.collective).pairs || on.collective == Collective::sendrecv) {
        return {bound.seconds, {}};  // of single messages the bound is what they take
    }
    if (on.collective == Collective::alltoall) {
        return {on.seconds({.inside = (on.largest - 1) * on.share(),
                            .between = on.busiest_exchange * on.share(),
                            .leaf = 1.0 * on.leaf_ranks * (on.ranks - on.leaf_ranks) * on.share()}),
                {}};
    }
    return {on.seconds({.inside = (on.root_node - 1) * on.share(),
                        .between = (on.ranks - on.root_node) * on.share(),
                        .leaf = (on.ranks - on.root_leaf) * on.share()}),
            {}};
}

/// Of `group` successive ranks those that reach out of their group in the step in which each meets the rank s further.
double leaving(int step, int group, int ranks)
{
    return std::min({step, ranks - step, group, ranks - group});
}

Time pairwise(const Fabric& on)
{
    if (!on.even) {
        return uneven(AlgorithmKind::pairwise);
    }
    double total = 0;
    for (int step = 1; step < on.ranks; ++step) {
        const bool stays = step < on.largest || step > on.ranks - on.largest;
        total += on.seconds({.inside = stays ? on.share() : 0,
                             .between = leaving(step, on.largest, on.ranks) * on.share(),
                             .leaf = leaving(step, on.leaf_ranks, on.ranks) * on.share()});
    }
    return {total, {}};
}

/// The farthest first, so that what leaves a leaf has left it before anything goes further inside.
Time binomial(const Fabric& on)
{
    const int across = on.has_leaves ? log2_ceil(on.leaves) : 0;
    const int within = log2_ceil(on.nodes) - across;
    if (moves_whole(on.collective)) {
        const Step between_leaves{.count = 1.0 * across, .between = on.bytes, .leaf = on.bytes};
        const Step between{.count = 1.0 * within, .between = on.bytes};
        const Step inside{.count = 1.0 * log2_ceil(on.largest), .inside = on.bytes};
        return {on.seconds(between_leaves) + on.seconds(between) + on.seconds(inside), {}};
    }
    const double leaving_leaf = on.has_leaves ? (on.ranks - on.root_leaf) * on.share() : 0;
    const Step away{.between = leaving_leaf, .leaf = leaving_leaf};
    const Step near{.between = (on.ranks - on.root_node) * on.share() - leaving_leaf};
    const Step home{.inside = (on.root_node - 1) * on.share()};
    return {on.pipelined(away, across * on.latency_between()) + on.pipelined(near, within * on.latency_between()) +
                on.pipelined(home, log2_ceil(on.root_node) * on.latency_inside()),
            {}};
}

}  // namespace

Attainable attainable_time(AlgorithmKind algorithm, std::optional<int> rails, const CaseIdentity& what,
                           std::uint64_t total_bytes, std::span<const int> node_of_rank, const Links& links)
{
    Attainable found{.algorithm = algorithm, .seconds = std::nullopt, .why = {}};
    const auto collective = parse_collective(what.pattern);
    if (!collective) {
        found.why = fmt::format("what an algorithm attains is modelled of collectives, not of {}", what.pattern);
        return found;
    }
    if (auto lacks = lacks_algorithm(*collective, algorithm)) {
        found.why = std::move(*lacks);
        return found;
    }
    // Where the bound lacks a rate, so does this.
    const Ideal bound = ideal_time(what, total_bytes, node_of_rank, links);
    if (!bound.seconds) {
        found.why = bound.why;
        return found;
    }
    const Fabric on = fabric_of(what, *collective, static_cast<double>(total_bytes), node_of_rank, links);
    const auto time = [&]() -> Time {
        switch (algorithm) {
            case AlgorithmKind::ring:
                return ring(on, rails);
            case AlgorithmKind::tree:
                return tree(on);
            case AlgorithmKind::hierarchical:
                return hierarchical(on);
            case AlgorithmKind::nvls:
                return nvls(on);
            case AlgorithmKind::sharp:
                return sharp(on);
            case AlgorithmKind::direct:
                return direct(on, bound);
            case AlgorithmKind::pairwise:
                return pairwise(on);
            case AlgorithmKind::binomial:
                return binomial(on);
        }
        return none("an algorithm of unknown kind");
    };
    std::tie(found.seconds, found.why) = time();
    if (found.seconds) {
        // All messages at once take one latency here; the bound lets a rank tell one other at a time.
        found.seconds = std::max(*found.seconds, *bound.seconds);
    }
    return found;
}

std::vector<Attainable> attainable_times(const CaseIdentity& what, std::uint64_t total_bytes,
                                         std::span<const int> node_of_rank, const Links& links)
{
    std::vector<Attainable> times;
    const auto collective = parse_collective(what.pattern);
    if (collective) {
        for (const AlgorithmKind algorithm : modelled_algorithms(*collective)) {
            times.push_back(attainable_time(algorithm, std::nullopt, what, total_bytes, node_of_rank, links));
        }
    }
    return times;
}

Attainable attainable_time(const AlgorithmReference& reference, const CaseIdentity& what, std::uint64_t total_bytes,
                           std::span<const int> node_of_rank, const Links& links)
{
    using Kind = AlgorithmReference::Kind;
    if (reference.kind == Kind::named) {
        return attainable_time(reference.algorithm, reference.rails, what, total_bytes, node_of_rank, links);
    }
    if (reference.kind == Kind::used) {
        const auto used = algorithm_used(what);
        return used ? attainable_time(*used, std::nullopt, what, total_bytes, node_of_rank, links)
                    : Attainable{.algorithm = {},
                                 .seconds = std::nullopt,
                                 .why =
                                     "by which algorithm the library ran it is not recorded, or is none that is "
                                     "modelled (only cases that key 'algorithms' runs by name say so: what a library "
                                     "chooses by itself it doesn't tell, but NCCL in its log with library_log: "
                                     "tuning). Measure with algorithms, or name one in the target"};
    }
    Attainable best{.algorithm = {},
                    .seconds = std::nullopt,
                    .why = fmt::format("what an algorithm attains is not modelled of {}", what.pattern)};
    bool none_yet = true;
    for (Attainable& found : attainable_times(what, total_bytes, node_of_rank, links)) {
        // The first one's reason stands where none has a time.
        const bool better = found.seconds && (!best.seconds || *found.seconds < *best.seconds);
        if (better || none_yet) {
            best = std::move(found);
        }
        none_yet = false;
    }
    return best;
}

}  // namespace plumbline
