// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/contract.hpp"

#include "collectives/operations/data_volume.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/util/units.hpp"
#include "results/bounds/attainable.hpp"
#include "results/bounds/bound.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace plumbline {
namespace {

constexpr double giga = 1e9;
constexpr double bits = 8;
/// A bandwidth without a size is that of an array so large that nothing else counts.
constexpr std::uint64_t large = 1ULL << 50U;

using Kind = ContractRemark::Kind;

template <class Number>
std::optional<Number> stated(const Target& target, const std::string& key)
{
    const auto found = target.where.find(key);
    Number value{};
    if (found == target.where.end()) {
        return std::nullopt;
    }
    const std::string& text = found->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} ? std::optional(value) : std::nullopt;
}

/// The case that a target is about, placed on the contract's nodes.
struct Subject {
    CaseIdentity what;
    Collective collective = Collective::allreduce;
    std::vector<int> node_of_rank;
    Links links;

    std::string scale() const
    {
        const int a_node = links.ranks_per_node.value_or(1);
        const int nodes = node_of_rank.back() + 1;
        if (nodes == 1) {
            return text::rank_count(what.ranks) + " of a node";
        }
        return what.ranks % a_node == 0 ? fmt::format("{} nodes of {}", nodes, a_node)
                                        : fmt::format("{} on {} nodes", text::rank_count(what.ranks), nodes);
    }
    /// Bytes whose rate the target's bandwidth is: S, or S times the bus factor.
    double counted_bytes(Metric metric) const
    {
        const double factor = metric == Metric::busbw ? busbw_factor(collective, what.ranks).value_or(1) : 1;
        return static_cast<double>(what.bytes) * factor;
    }
};

/// The scale of a target; `all`: that of the launch.
std::optional<int> ranks_of(const Target& target, const Links& links, std::optional<int> all)
{
    const auto of_nodes = [&](std::optional<int> nodes) {
        return nodes && links.ranks_per_node ? std::optional(*nodes * *links.ranks_per_node) : std::nullopt;
    };
    if (target.at) {
        const bool in_nodes = target.at->unit == ScaleUnit::nodes;
        return !target.at->count ? all : in_nodes ? of_nodes(target.at->count) : target.at->count;
    }
    const auto ranks = stated<int>(target, "ranks");
    return ranks ? ranks : of_nodes(stated<int>(target, "nodes"));
}

/// Why a target can't be looked at, or its subject.
std::optional<Subject> subject_of(const Target& target, const Links& links, std::optional<int> all, std::string& why)
{
    const auto pattern = target.where.find("pattern");
    const auto collective = pattern == target.where.end() ? std::nullopt : parse_collective(pattern->second);
    if (!collective || modelled_algorithms(*collective).empty()) {
        why = pattern == target.where.end() ? "its 'where' names no pattern" : "";
        return std::nullopt;
    }
    for (const auto* key : {"placement", "pairs", "window"}) {
        const auto found = target.where.find(key);
        if (found != target.where.end() && found->second != "compact") {
            why = fmt::format("its '{}' changes which links are used, which is not worked out here", key);
            return std::nullopt;
        }
    }
    if (target.where.contains("ranks") && target.where.contains("nodes")) {
        why = "it states ranks and nodes, and how they fill nodes is not worked out here";
        return std::nullopt;
    }
    const auto ranks = ranks_of(target, links, all);
    if (!ranks || *ranks < 2) {
        why = ranks ? "one rank communicates nothing"
              : target.at && !target.at->count
                  ? "its scale is the launch's: give --ranks"
                  : "its scale is not stated: write at_ranks, or at_nodes and links.ranks_per_node";
        return std::nullopt;
    }
    const auto bytes = stated<std::uint64_t>(target, "bytes");
    if (target.metric == Metric::time && !bytes) {
        why = "a time needs a size: write bytes in its 'where'";
        return std::nullopt;
    }
    if (!links.ranks_per_node) {
        why = "how many ranks a node has is not stated: write links.ranks_per_node";
        return std::nullopt;
    }
    Subject subject;
    subject.collective = *collective;
    subject.links = links;
    if (!subject.links.intra_node) {
        // What isn't stated forbids nothing.
        constexpr double any = 1e300;
        subject.links.intra_node = LinkRate{.bytes_per_s = any};
    }
    if (!bytes) {
        for (auto* rate : {&subject.links.intra_node, &subject.links.inter_node}) {
            if (*rate) {
                (*rate)->latency_s = 0;
            }
        }
    }
    subject.what.pattern = pattern->second;
    subject.what.ranks = *ranks;
    subject.what.bytes = bytes.value_or(large);
    for (int rank = 0; rank < *ranks; ++rank) {
        subject.node_of_rank.push_back(rank / *links.ranks_per_node);
    }
    subject.what.nodes = subject.node_of_rank.back() + 1;
    return subject;
}

/// "262 GB/s a node; 4 ports of 400 Gbit/s give 200": what a time of `times` shorter than the bound takes of the links
/// that bound it.
std::string need_text(const Ideal& ideal, double times, const Links& links)
{
    const auto over = [&](const std::optional<LinkRate>& rate) { return rate.value_or(LinkRate{}).bytes_per_s / giga; };
    const double up_links = links.leaf.value_or(LeafRate{}).bytes_per_s / giga;
    const double bound_s = ideal.seconds.value_or(0);
    switch (ideal.limit) {
        case Bottleneck::inter_node: {
            const double given = over(links.inter_node);
            const std::string need = fmt::format("{:.0f} GB/s a node", given * times);
            return links.ports == 1 || links.port_bytes_per_s
                       ? fmt::format("{}; {:g} are stated", need, given)
                       : fmt::format("{}; {} ports of {:g} Gbit/s give {:g}", need, links.ports,
                                     given * bits / links.ports, given);
        }
        case Bottleneck::intra_node:
            return fmt::format("{:.0f} GB/s a rank inside its node; {:g} are stated", over(links.intra_node) * times,
                               over(links.intra_node));
        case Bottleneck::leaf:
            return fmt::format("{:.0f} GB/s of up-links a leaf; {:g} are stated", up_links * times, up_links);
        case Bottleneck::latency:
            break;
    }
    return fmt::format("latencies of {} in all; those that are stated take {}", format_seconds(bound_s / times),
                       format_seconds(bound_s));
}

/// ", or 5.3 ports": how many would do, rounded up to a tenth.
std::string ports_text(const Ideal& ideal, double times, const Links& links)
{
    constexpr double tenths = 10;
    const double ports = std::ceil(links.ports * times * tenths) / tenths;
    const bool by_ports = ideal.limit == Bottleneck::inter_node && links.ports > 1 && !links.port_bytes_per_s;
    return by_ports ? fmt::format(", or {:.1f} ports", ports) : "";
}

std::string asked_text(const Target& target, const Subject& subject)
{
    return target.metric == Metric::time
               ? fmt::format("{} for {} of {} at {}", format_seconds(*target.at_most), subject.what.pattern,
                             format_bytes(subject.what.bytes), subject.scale())
               : fmt::format("{:.10g} GB/s of {} at {}", *target.at_least, subject.what.pattern, subject.scale());
}

/// In the target's unit.
std::string value_text(const Target& target, const Subject& subject, double seconds)
{
    return target.metric == Metric::time ? format_seconds(seconds)
                                         : fmt::format("{:.1f}", subject.counted_bytes(target.metric) / seconds / giga);
}

std::optional<ContractRemark> judge_bandwidth(const Target& target, const Subject& subject)
{
    const Ideal ideal = ideal_time(subject.what, subject.what.bytes, subject.node_of_rank, subject.links);
    if (!ideal.seconds) {
        return ContractRemark{.kind = Kind::not_looked_at, .text = ideal.why};
    }
    const double allowed_s = target.metric == Metric::time
                                 ? *target.at_most
                                 : subject.counted_bytes(target.metric) / (*target.at_least * giga);
    const double times = *ideal.seconds / allowed_s;
    constexpr double rounding = 1e-9;
    if (times > 1 + rounding) {
        return ContractRemark{
            .kind = Kind::impossible,
            .text =
                fmt::format("{} needs {}: at {} {}{}", asked_text(target, subject),
                            need_text(ideal, times, subject.links), target.metric == Metric::time ? "least" : "most",
                            value_text(target, subject, *ideal.seconds), ports_text(ideal, times, subject.links))};
    }
    const Attainable found =
        attainable_time(target.algorithm, subject.what, subject.what.bytes, subject.node_of_rank, subject.links);
    if (found.seconds && *found.seconds > allowed_s * (1 + rounding)) {
        const bool named = target.algorithm.kind == AlgorithmReference::Kind::named;
        return ContractRemark{
            .kind = Kind::ambitious,
            .text =
                fmt::format("{} is more than {} attains, {}; physics allows {}", asked_text(target, subject),
                            named ? std::string(info(found.algorithm).said)
                                  : fmt::format("the best that is modelled, {},", info(found.algorithm).said),
                            value_text(target, subject, *found.seconds), value_text(target, subject, *ideal.seconds))};
    }
    return std::nullopt;
}

std::optional<ContractRemark> judge_share(const Target& target, const Subject& subject)
{
    const bool named = target.algorithm.kind == AlgorithmReference::Kind::named;
    const Attainable found =
        attainable_time(target.algorithm, subject.what, subject.what.bytes, subject.node_of_rank, subject.links);
    return named && !found.seconds
               ? std::optional(
                     ContractRemark{.kind = Kind::impossible,
                                    .text = fmt::format("{} can't be told: {}", text_of(target.algorithm), found.why)})
               : std::nullopt;
}

}  // namespace

std::vector<ContractRemark> judge_contract(std::span<const Target> targets, const Links& links,
                                           std::optional<int> ranks)
{
    std::vector<ContractRemark> remarks;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        const Target& target = targets[i];
        const bool rate = (target.metric == Metric::busbw || target.metric == Metric::algbw) && target.at_least;
        const bool time = target.metric == Metric::time && target.at_most;
        const bool share = target.metric == Metric::fraction_of_attainable;
        if (!rate && !time && !share) {
            continue;
        }
        std::string why;
        const auto subject = subject_of(target, links, ranks, why);
        std::optional<ContractRemark> remark;
        if (subject) {
            remark = share ? judge_share(target, *subject) : judge_bandwidth(target, *subject);
        } else if ((rate || time) && !why.empty()) {
            remark = ContractRemark{.kind = Kind::not_looked_at, .text = std::move(why)};
        }
        if (remark) {
            remark->target = i;
            remarks.push_back(std::move(*remark));
        }
    }
    return remarks;
}

}  // namespace plumbline
