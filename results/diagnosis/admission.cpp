// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/admission.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <span>
#include <tuple>
#include <utility>

namespace plumbline {
namespace {

/// Fewer medians of links than this give no interval at 95 %; so few are their messages' then.
constexpr std::size_t fewest_links = 6;

using Link = std::pair<int, int>;  ///< from, to; ranks of the case

class Judge {
public:
    Judge(const PairwiseSamples& survey, const AdmissionRules& rules, std::set<int> good)
        : survey_(survey), rules_(rules), good_(std::move(good))
    {
        for (const std::vector<LinkMessage>* const messages : {&survey.sweep, &survey.retest}) {
            for (const LinkMessage& message : *messages) {
                const int from = node(message.from);
                const int to = node(message.to);
                if (from != to && (is_good(from) || is_good(to))) {
                    seconds_[{message.from, message.to}].push_back(message.seconds);
                }
            }
        }
        for (const auto& [link, seconds] : seconds_) {
            sent_by_[link.first].push_back(link.second);
            sent_to_[link.second].push_back(link.first);
        }
    }

    bool is_good(int node) const { return good_.contains(node); }
    const std::set<int>& good() const { return good_; }

    /// Nothing where no two known-good nodes have a link.
    bool has_reference() const { return reference_level(-1).has_value(); }

    /// Every quantity of every rank of the node, against the known-good nodes but itself.
    std::vector<NodeEvidence> evidence_of(int of_node) const
    {
        std::vector<NodeEvidence> all;
        const auto level = reference_level(of_node);
        const auto compute = reference_compute(of_node);
        for (int rank = 0; rank < survey_.ranks; ++rank) {
            if (node(rank) != of_node) {
                continue;
            }
            if (level) {
                for (const NodeQuantity quantity :
                     {NodeQuantity::both_ways, NodeQuantity::sending, NodeQuantity::receiving}) {
                    if (auto evidence = of_links(rank, quantity, *level)) {
                        all.push_back(*evidence);
                    }
                }
            }
            const auto index = static_cast<std::size_t>(rank);
            if (compute && index < survey_.compute.size() && !survey_.compute[index].empty()) {
                all.push_back(judged(NodeQuantity::compute, rank, survey_.compute[index], *compute, 0));
            }
        }
        return all;
    }

    Admission judge(const NodeEvidence& evidence) const
    {
        const double bound = 1 + rules_.limit;
        if (!evidence.interval) {
            return Admission::undecided;
        }
        return evidence.interval->high <= bound ? Admission::joins
               : evidence.interval->low > bound ? Admission::rejected
                                                : Admission::undecided;
    }

    /// What decides: a rejection before doubt, and of those alike the largest slowdown.
    std::pair<Admission, std::optional<NodeEvidence>> judge(const std::vector<NodeEvidence>& all) const
    {
        std::optional<NodeEvidence> worst;
        Admission admission = Admission::not_measured;
        bool by_links = false;
        const auto rank_of = [](Admission one) { return one == Admission::rejected ? 2 : one == Admission::undecided; };
        for (const NodeEvidence& evidence : all) {
            by_links = by_links || evidence.quantity != NodeQuantity::compute;
            // One direction alone rejects, and leaves no doubt: where one is slow and the other isn't, both ways
            // together straddle the limit.
            const bool one_way =
                evidence.quantity == NodeQuantity::sending || evidence.quantity == NodeQuantity::receiving;
            const Admission found = judge(evidence);
            const Admission one = one_way && found == Admission::undecided ? Admission::joins : found;
            if (!worst || rank_of(one) > rank_of(admission) ||
                (rank_of(one) == rank_of(admission) && evidence.slowdown > worst->slowdown)) {
                admission = one;
                worst = evidence;
            }
        }
        // A node that computes well and was never heard of may not join.
        return {!by_links && admission != Admission::rejected ? Admission::not_measured : admission, worst};
    }

private:
    int node(int rank) const { return survey_.nodes.node(rank); }

    /// The median time of a link among known-good nodes other than `but`.
    std::optional<double> reference_level(int but) const
    {
        std::vector<double> medians;
        for (const auto& [link, seconds] : seconds_) {
            const int from = node(link.first);
            const int to = node(link.second);
            if (is_good(from) && is_good(to) && from != but && to != but) {
                medians.push_back(*median(seconds));
            }
        }
        return median(medians);
    }

    std::optional<double> reference_compute(int but) const
    {
        std::vector<double> medians;
        for (std::size_t rank = 0; rank < survey_.compute.size(); ++rank) {
            const int of = node(static_cast<int>(rank));
            if (is_good(of) && of != but && !survey_.compute[rank].empty()) {
                medians.push_back(*median(survey_.compute[rank]));
            }
        }
        return median(medians);
    }

    std::optional<NodeEvidence> of_links(int rank, NodeQuantity quantity, double level) const
    {
        std::vector<double> medians;
        std::vector<double> messages;
        const auto add = [&](const Link& link, int other) {
            if (is_good(node(other))) {
                const std::vector<double>& seconds = seconds_.at(link);
                medians.push_back(*median(seconds));
                messages.insert(messages.end(), seconds.begin(), seconds.end());
            }
        };
        const auto others = [&](const std::map<int, std::vector<int>>& of) {
            const auto found = of.find(rank);
            return found == of.end() ? std::span<const int>() : std::span<const int>(found->second);
        };
        if (quantity != NodeQuantity::receiving) {
            for (const int other : others(sent_by_)) {
                add({rank, other}, other);
            }
        }
        if (quantity != NodeQuantity::sending) {
            for (const int other : others(sent_to_)) {
                add({other, rank}, other);
            }
        }
        if (medians.empty()) {
            return std::nullopt;
        }
        return judged(quantity, rank, medians.size() < fewest_links ? messages : medians, level, medians.size());
    }

    NodeEvidence judged(NodeQuantity quantity, int rank, const std::vector<double>& seconds, double level,
                        std::size_t links) const
    {
        NodeEvidence evidence{.quantity = quantity,
                              .rank = rank,
                              .slowdown = *median(seconds) / level,
                              .interval = median_interval(seconds, rules_.confidence),
                              .links = links,
                              .values = seconds.size()};
        if (evidence.interval) {
            evidence.interval = Interval{evidence.interval->low / level, evidence.interval->high / level};
        }
        return evidence;
    }

    const PairwiseSamples& survey_;
    AdmissionRules rules_;
    std::set<int> good_;
    std::map<Link, std::vector<double>> seconds_;  ///< of links with a known-good end
    std::map<int, std::vector<int>> sent_by_, sent_to_;
};

std::set<int> nodes_named(const std::vector<std::string>& hosts, const std::set<std::string>& names)
{
    std::set<int> nodes;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        if (names.contains(hosts[i])) {
            nodes.insert(static_cast<int>(i));
        }
    }
    return nodes;
}

/// Known-good nodes that are far slower than the others, one after the other, the slowest first: a slow one is in all
/// links that the others are judged by. Two can't tell which of them it is.
std::set<int> without_slow_ones(const PairwiseSamples& survey, const AdmissionRules& rules,
                                const std::vector<std::string>& hosts, std::set<int> good,
                                std::vector<NodeAdmission>& not_good)
{
    while (good.size() > 2) {
        const Judge judge(survey, rules, good);
        std::optional<NodeAdmission> slowest;
        int slowest_node = -1;
        for (const int node : good) {
            const auto [admission, worst] = judge.judge(judge.evidence_of(node));
            if (admission == Admission::rejected && (!slowest || worst->slowdown > slowest->worst->slowdown)) {
                slowest = NodeAdmission{hosts[static_cast<std::size_t>(node)], admission, true, worst};
                slowest_node = node;
            }
        }
        if (!slowest) {
            break;
        }
        not_good.push_back(*slowest);
        good.erase(slowest_node);
    }
    return good;
}

}  // namespace

std::string_view name(Admission admission)
{
    constexpr std::array<std::string_view, 4> names{"joins", "rejected", "undecided", "not_measured"};
    return names.at(static_cast<std::size_t>(admission));
}

AdmissionReport admit(const PairwiseSamples& survey, const std::vector<std::string>& hosts,
                      const std::set<std::string>& good, const std::set<std::string>& candidates,
                      const AdmissionRules& rules)
{
    AdmissionReport report;
    const Judge judge(survey, rules,
                      without_slow_ones(survey, rules, hosts, nodes_named(hosts, good), report.not_good));
    report.good = judge.good().size();
    std::set<std::string> unseen = candidates;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        unseen.erase(hosts[i]);
        if (good.contains(hosts[i]) || (!candidates.empty() && !candidates.contains(hosts[i]))) {
            continue;
        }
        NodeAdmission node{.host = hosts[i], .admission = Admission::not_measured, .known_good = false, .worst = {}};
        if (judge.has_reference()) {
            std::tie(node.admission, node.worst) = judge.judge(judge.evidence_of(static_cast<int>(i)));
        }
        report.nodes.push_back(std::move(node));
    }
    for (const std::string& host : unseen) {
        report.nodes.push_back({.host = host, .admission = Admission::not_measured, .known_good = false, .worst = {}});
    }
    static constexpr std::array<int, 4> severity{0, 3, 1, 2};
    const auto worse = [](Admission a, Admission b) {
        return severity.at(static_cast<std::size_t>(a)) < severity.at(static_cast<std::size_t>(b));
    };
    report.overall = report.nodes.empty() ? Admission::not_measured : Admission::joins;
    for (const NodeAdmission& node : report.nodes) {
        report.overall = std::max(report.overall, node.admission, worse);
    }
    if (!report.not_good.empty()) {
        report.overall = Admission::rejected;
    }
    return report;
}

Sentence evidence_said(const NodeEvidence& evidence)
{
    const double by = 100 * (evidence.slowdown - 1);
    const Sentence share = evidence.interval
                               ? say("{:+.1f} % [{:+.1f}, {:+.1f}] time", by, 100 * (evidence.interval->low - 1),
                                     100 * (evidence.interval->high - 1))
                               : say("{:+.1f} % time, without an interval ({} values)", by, evidence.values);
    switch (evidence.quantity) {
        case NodeQuantity::both_ways:
            return say("both ways {} over {} links with known-good nodes", share, evidence.links);
        case NodeQuantity::sending:
            return say("sending {} over {} links to known-good nodes", share, evidence.links);
        case NodeQuantity::receiving:
            return say("receiving {} over {} links from known-good nodes", share, evidence.links);
        case NodeQuantity::compute:
            break;
    }
    return say("compute {}", share);
}

}  // namespace plumbline
