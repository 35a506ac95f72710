// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/contract.hpp"

#include "collectives/operations/data_volume.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/operations/types.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "results/bounds/attainable.hpp"
#include "results/bounds/bound.hpp"
#include "results/records/case_titles.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/texts/language.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline {
namespace {

constexpr double bits = 8;
constexpr double rounding = 1e-9;
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

bool of_bandwidth(Metric metric)
{
    return metric == Metric::busbw || metric == Metric::algbw;
}

bool of_time(Metric metric)
{
    return metric == Metric::time || metric == Metric::time_p99;
}

/// `value` with at least `decimals` of them, and so many that it lies on the same side of `other` as written.
std::string told_apart(double value, double other, int decimals)
{
    constexpr int most = 15;
    const auto side = [&](double number) { return number < other ? -1 : number > other ? 1 : 0; };
    std::string text;
    if (value < 1 && decimals > 0) {
        return fmt::format("{:.3g}", value);
    }
    do {
        text = fmt::format("{:.{}f}", value, decimals);
    } while (side(value) != side(std::stod(text)) && ++decimals <= most);
    return text;
}

/// As people read it, with digits that tell it from `other`.
std::string seconds_apart(double seconds, double other)
{
    constexpr int fewest = 3;
    constexpr int most = 15;
    int digits = fewest;
    const bool apart = std::abs(seconds - other) > rounding * other;
    while (apart && format_seconds(seconds, digits) == format_seconds(other, digits) && digits < most) {
        ++digits;
    }
    return format_seconds(seconds, digits);
}

/// The case that a target is about, placed on the contract's nodes.
struct Subject {
    CaseIdentity what;
    Collective collective = Collective::allreduce;
    std::vector<int> node_of_rank;
    Links links;
    bool of_range = false;  ///< the size is the end of the target's range that asks for most

    Sentence scale() const
    {
        const int a_node = links.ranks_per_node.value_or(1);
        const int nodes = node_of_rank.back() + 1;
        if (nodes == 1) {
            return say("{} of a node", ranks_said(what.ranks));
        }
        return what.ranks % a_node == 0 ? say("{} nodes of {}", nodes, a_node)
                                        : say("{} on {} nodes", ranks_said(what.ranks), nodes);
    }
    /// "allreduce at 2 nodes of 8"; with the size where a range has others.
    Sentence said() const
    {
        const Sentence pattern = title_of_pattern(what.pattern);
        return of_range ? say("{} of {} at {}", pattern, format_bytes(what.bytes), scale())
                        : say("{} at {}", pattern, scale());
    }
    /// Bytes whose rate the target's bandwidth is: S, or S times the bus factor.
    double counted_bytes(Metric metric) const
    {
        const double factor =
            metric == Metric::algbw ? 1 : busbw_factor(collective, what.ranks, message_window(what)).value_or(1);
        return static_cast<double>(what.bytes) * factor;
    }
    Ideal ideal() const { return ideal_time(what, what.bytes, node_of_rank, links); }
    Attainable attainable(const AlgorithmReference& algorithm) const
    {
        return attainable_time(algorithm, what, what.bytes, node_of_rank, links);
    }
    /// Latency that comes before the bytes of a message, where messages are known one by one; else both overlap.
    double latency_before(Bottleneck limit) const
    {
        const auto& rate = limit == Bottleneck::intra_node ? links.intra_node : links.inter_node;
        const bool one_by_one = info(collective).pairs || collective == Collective::sendrecv;
        const int in_turn = collective == Collective::pingpong ? 2 : 1;
        return one_by_one && rate ? in_turn * rate->latency_s : 0;
    }
};

/// In ranks, of a scale that a target names; `all`: that of the launch.
std::optional<int> ranks_of(const ScaleRef& scale, const Links& links, std::optional<int> all)
{
    if (!scale.count) {
        return all;
    }
    if (scale.unit == ScaleUnit::ranks) {
        return scale.count;
    }
    return links.ranks_per_node ? std::optional(*scale.count * *links.ranks_per_node) : std::nullopt;
}

/// The scale of a target; `all`: that of the launch.
std::optional<int> ranks_of(const Target& target, const Links& links, std::optional<int> all)
{
    if (target.at) {
        return ranks_of(*target.at, links, all);
    }
    if (const auto ranks = stated<int>(target, "ranks")) {
        return ranks;
    }
    const auto nodes = stated<int>(target, "nodes");
    return nodes ? ranks_of(ScaleRef{.count = nodes, .unit = ScaleUnit::nodes}, links, all) : std::nullopt;
}

/// Of a range the end that asks for most: each of its sizes is judged.
std::optional<std::uint64_t> hardest_size(const Target& target)
{
    if (!target.bytes) {
        return stated<std::uint64_t>(target, "bytes");
    }
    const auto& [from, to] = *target.bytes;
    return of_time(target.metric) ? (to ? to : from) : (from ? from : to);
}

/// Why the links say nothing of an operation; empty where nobody would ask.
Sentence not_worked_out(const Target& target)
{
    const auto pattern = target.where.find("pattern");
    if (pattern == target.where.end()) {
        return say("its 'where' names no pattern");
    }
    const PatternInfo& row = pattern_info(pattern->second);
    return row.kind == PatternKind::workload
               ? Sentence()
               : say("what the links allow of pattern {} is not worked out", title_of_pattern(pattern->second));
}

/// Why a target can't be looked at, or its subject; `ranks` of its scale.
std::optional<Subject> subject_of(const Target& target, const Links& links, std::optional<int> ranks, Sentence& why)
{
    const auto pattern = target.where.find("pattern");
    const auto collective = pattern == target.where.end() ? std::nullopt : parse_collective(pattern->second);
    if (!collective || *collective == Collective::alltoallv) {
        why = not_worked_out(target);
        return std::nullopt;
    }
    if (const auto placement = target.where.find("placement");
        placement != target.where.end() && placement->second != name(Placement::compact)) {
        why = say("its 'placement' changes which links are used, which is not worked out here");
        return std::nullopt;
    }
    if (target.where.contains("ranks") && target.where.contains("nodes")) {
        why = say("it states ranks and nodes, and how they fill nodes is not worked out here");
        return std::nullopt;
    }
    if (!ranks || *ranks < 2) {
        why = ranks ? say("one rank communicates nothing")
              : target.at && !target.at->count
                  ? say("its scale is the launch's: give --ranks")
                  : say("its scale is not stated: write at_ranks, or at_nodes and links.ranks_per_node");
        return std::nullopt;
    }
    const auto bytes = hardest_size(target);
    if (of_time(target.metric) && !bytes && *collective != Collective::barrier) {
        why = say("a time needs a size: write bytes in its 'where'");
        return std::nullopt;
    }
    if (!links.ranks_per_node) {
        why = say("how many ranks a node has is not stated: write links.ranks_per_node");
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
    if (!bytes && *collective != Collective::barrier) {
        for (auto* rate : {&subject.links.intra_node, &subject.links.inter_node}) {
            if (*rate) {
                (*rate)->latency_s = 0;
            }
        }
    }
    subject.what.pattern = pattern->second;
    subject.what.ranks = *ranks;
    subject.what.bytes = *collective == Collective::barrier ? 0 : bytes.value_or(large);
    for (const auto* key : {"pairs", "window"}) {
        if (const auto found = target.where.find(key); found != target.where.end()) {
            subject.what.parameters.insert(*found);
        }
    }
    subject.of_range = target.bytes.has_value();
    for (int rank = 0; rank < *ranks; ++rank) {
        subject.node_of_rank.push_back(rank / *links.ranks_per_node);
    }
    subject.what.nodes = subject.node_of_rank.back() + 1;
    return subject;
}

/// What a target asks of the links that bound it.
struct Need {
    Bottleneck limit = Bottleneck::latency;
    double bound_s = 0;    ///< the least that there can be
    double allowed_s = 0;  ///< by the target
    double times = 1;      ///< so much faster the links would have to be, where they are the limit
};

Need need_of(const Subject& subject, const Ideal& ideal, double allowed_s)
{
    Need need{.limit = ideal.limit, .bound_s = ideal.seconds.value_or(0), .allowed_s = allowed_s};
    const double before = need.limit == Bottleneck::latency ? 0 : subject.latency_before(need.limit);
    if (allowed_s <= before) {
        return {.limit = Bottleneck::latency, .bound_s = before, .allowed_s = allowed_s};
    }
    need.times = (need.bound_s - before) / (allowed_s - before);
    return need;
}

/// "262 GB/s a node; 4 ports of 400 Gbit/s give 200".
Sentence need_text(const Need& need, const Links& links)
{
    const auto over = [&](const std::optional<LinkRate>& rate) { return rate.value_or(LinkRate{}).bytes_per_s / giga; };
    const auto wanted = [&](double given) { return told_apart(given * need.times, given, 0); };
    const double up_links = links.leaf.value_or(LeafRate{}).bytes_per_s / giga;
    switch (need.limit) {
        case Bottleneck::inter_node: {
            const double given = over(links.inter_node);
            return links.ports == 1 || links.port_bytes_per_s
                       ? say("{} GB/s a node; {:g} are stated (inter_node.bandwidth)", wanted(given), given)
                       : say("{} GB/s a node; {} ports of {:g} Gbit/s give {:g}", wanted(given), links.ports,
                             given * bits / links.ports, given);
        }
        case Bottleneck::intra_node:
            return say("{} GB/s a rank inside its node; {:g} are stated (intra_node.bandwidth)",
                       wanted(over(links.intra_node)), over(links.intra_node));
        case Bottleneck::leaf:
            return say("{} GB/s of up-links a leaf; {:g} are stated", wanted(up_links), up_links);
        case Bottleneck::latency:
            break;
    }
    return say("latencies of {} in all; those that are stated take {}", format_seconds(need.allowed_s),
               seconds_apart(need.bound_s, need.allowed_s));
}

/// How many ports would do, rounded up to a tenth; nothing where ports don't limit.
std::optional<double> ports_wanted(const Need& need, const Links& links)
{
    constexpr double tenths = 10;
    const bool by_ports = need.limit == Bottleneck::inter_node && links.ports > 1 && !links.port_bytes_per_s;
    return by_ports ? std::optional(std::ceil(links.ports * need.times * tenths) / tenths) : std::nullopt;
}

Sentence asked_text(const Target& target, const Subject& subject)
{
    if (!of_time(target.metric)) {
        return say("{:.10g} GB/s of {}", *target.at_least, subject.said());
    }
    const Sentence pattern = title_of_pattern(subject.what.pattern);
    const std::string bound = bound_text(target);
    return subject.what.bytes == 0
               ? say("{} for {} at {}", bound, pattern, subject.scale())
               : say("{} for {} of {} at {}", bound, pattern, format_bytes(subject.what.bytes), subject.scale());
}

/// In the target's unit, with digits that tell it from the target's bound.
std::string value_text(const Target& target, const Subject& subject, double seconds)
{
    return of_time(target.metric)
               ? seconds_apart(seconds, *target.at_most)
               : told_apart(subject.counted_bytes(target.metric) / seconds / giga, *target.at_least, 1);
}

Sentence best_text(const Target& target, const Attainable& found)
{
    const Sentence algorithm = word(info(found.algorithm).said);
    return target.algorithm.kind == AlgorithmReference::Kind::named ? algorithm
                                                                    : say("the best that is modelled, {},", algorithm);
}

Sentence impossible_text(const Target& target, const Subject& subject, const Need& need, double bound_s)
{
    const Sentence asked = asked_text(target, subject);
    const Sentence needed = need_text(need, subject.links);
    const std::string bound = value_text(target, subject, bound_s);
    if (of_time(target.metric)) {
        return say("{} needs {}: at least {}", asked, needed, bound);
    }
    const auto ports = ports_wanted(need, subject.links);
    return ports ? say("{} needs {}: at most {}, or {:.1f} ports", asked, needed, bound, *ports)
                 : say("{} needs {}: at most {}", asked, needed, bound);
}

std::optional<ContractRemark> judge_value(const Target& target, const Subject& subject)
{
    const Ideal ideal = subject.ideal();
    if (!ideal.seconds) {
        return ContractRemark{.kind = Kind::not_looked_at, .text = recognised(ideal.why)};
    }
    const double allowed_s =
        of_time(target.metric) ? *target.at_most : subject.counted_bytes(target.metric) / (*target.at_least * giga);
    if (*ideal.seconds > allowed_s * (1 + rounding)) {
        return ContractRemark{
            .kind = Kind::impossible,
            .text = impossible_text(target, subject, need_of(subject, ideal, allowed_s), *ideal.seconds)};
    }
    const Attainable found = subject.attainable(target.algorithm);
    if (found.seconds && *found.seconds > allowed_s * (1 + rounding)) {
        const std::string attains = value_text(target, subject, *found.seconds);
        const std::string bound = value_text(target, subject, *ideal.seconds);
        const Sentence asked = asked_text(target, subject);
        const Sentence best = best_text(target, found);
        return ContractRemark{
            .kind = Kind::ambitious,
            .text = of_time(target.metric)
                        ? say("{} is less than {} attains, {}; physics allows {}", asked, best, attains, bound)
                        : say("{} is more than {} attains, {}; physics allows {}", asked, best, attains, bound)};
    }
    return std::nullopt;
}

std::optional<ContractRemark> judge_share(const Target& target, const Subject& subject)
{
    const bool named = target.algorithm.kind == AlgorithmReference::Kind::named;
    const Attainable found = subject.attainable(target.algorithm);
    return named && !found.seconds
               ? std::optional(ContractRemark{
                     .kind = Kind::impossible,
                     .text = say("{} can't be told: {}", text_of(target.algorithm), recognised(found.why))})
               : std::nullopt;
}

/// In per cent, with digits that tell it from `asked`.
std::string percent_apart(double share, double asked)
{
    constexpr double percent = 100;
    return told_apart(share * percent, asked * percent, 1) + " %";
}

/// A share of the bound that no algorithm comes to.
std::optional<ContractRemark> judge_share_of_ideal(const Target& target, const Subject& subject)
{
    constexpr double percent = 100;
    const Ideal ideal = subject.ideal();
    const Attainable found = subject.attainable({});
    if (!ideal.seconds || !found.seconds || *ideal.seconds >= *target.at_least * *found.seconds * (1 - rounding)) {
        return std::nullopt;
    }
    return ContractRemark{
        .kind = Kind::ambitious,
        .text = say("{:.10g} % of the bound of {} is more than {} attains, {}; fraction_of_attainable is held against "
                    "what an algorithm can",
                    *target.at_least * percent, subject.said(), best_text(target, found),
                    percent_apart(*ideal.seconds / *found.seconds, *target.at_least))};
}

/// A share of the base's bandwidth that no algorithm over these links keeps.
std::optional<ContractRemark> judge_retention(const Target& target, const Links& links, std::optional<int> all)
{
    Sentence why;
    const auto base = target.base ? subject_of(target, links, ranks_of(*target.base, links, all), why) : std::nullopt;
    const auto at = subject_of(target, links, ranks_of(target, links, all), why);
    if (!base || !at) {
        return std::nullopt;
    }
    const auto rates = [](const Subject& subject) {
        std::vector<double> gigabytes_per_s;
        for (const Attainable& one :
             attainable_times(subject.what, subject.what.bytes, subject.node_of_rank, subject.links)) {
            gigabytes_per_s.push_back(one.seconds ? subject.counted_bytes(Metric::busbw) / *one.seconds / giga : 0);
        }
        return gigabytes_per_s;
    };
    const std::vector<double> before = rates(*base);
    const std::vector<double> after = rates(*at);
    double kept = 0;
    std::size_t best = before.size();
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] > 0 && after[i] > before[i] * kept) {
            kept = after[i] / before[i];
            best = i;
        }
    }
    if (best == before.size() || kept >= *target.at_least * (1 - rounding)) {
        return std::nullopt;
    }
    constexpr double percent = 100;
    return ContractRemark{
        .kind = Kind::ambitious,
        .text =
            say("{:.10g} % of what {} has is more than any algorithm that is modelled keeps: {} keeps {}, "
                "{:.1f} GB/s there and {:.1f} at {}",
                *target.at_least * percent, base->said(), word(info(modelled_algorithms(at->collective)[best]).said),
                percent_apart(kept, *target.at_least), before[best], after[best], at->scale())};
}

/// Nothing where the links have nothing to say of the target.
std::optional<ContractRemark> judge_target(const Target& target, const Links& links, std::optional<int> all)
{
    const bool value = (of_bandwidth(target.metric) && target.at_least) || (of_time(target.metric) && target.at_most);
    const bool attained = target.metric == Metric::fraction_of_attainable;
    const bool ideal = target.metric == Metric::fraction_of_ideal && target.at_least;
    if (target.metric == Metric::busbw_retention && target.at_least) {
        return judge_retention(target, links, all);
    }
    if (!value && !attained && !ideal) {
        return std::nullopt;
    }
    Sentence why;
    const auto subject = subject_of(target, links, ranks_of(target, links, all), why);
    if (!subject) {
        return value && !why.empty()
                   ? std::optional(ContractRemark{.kind = Kind::not_looked_at, .text = std::move(why)})
                   : std::nullopt;
    }
    return attained ? judge_share(target, *subject)
           : ideal  ? judge_share_of_ideal(target, *subject)
                    : judge_value(target, *subject);
}

}  // namespace

std::vector<ContractRemark> judge_contract(std::span<const Target> targets, const Links& links,
                                           std::optional<int> ranks)
{
    std::vector<ContractRemark> remarks;
    for (std::size_t i = 0; i < targets.size(); ++i) {
        if (auto remark = judge_target(targets[i], links, ranks)) {
            remark->target = i;
            remarks.push_back(std::move(*remark));
        }
    }
    return remarks;
}

}  // namespace plumbline
