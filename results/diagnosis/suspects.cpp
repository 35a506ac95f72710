// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/suspects.hpp"

#include "collectives/patterns/pairwise.hpp"
#include "results/diagnosis/boundary_search.hpp"
#include "results/diagnosis/link_deviations.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/summaries/link_matrix.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

namespace plumbline {
namespace {

/// More than these are no longer single faults.
constexpr std::size_t most_suspects = 8;
/// Gain in log likelihood that an explanation needs beyond the price of the choice among all of its kind.
constexpr double least_gain = 3;

/// A link has few samples. It is suspected too when it deviates more than the largest of as many normal deviates, but
/// only after everything that explains more.
constexpr double least_worth = 1e-6;

constexpr std::array ways_of_both{LinkDirection::both, LinkDirection::out, LinkDirection::in};

bool holds(const Suspect& suspect, int member)
{
    return std::find(suspect.members.begin(), suspect.members.end(), member) != suspect.members.end();
}

/// A set of links that may have a level of its own.
struct Candidate {
    Suspect suspect;
    Score score;
    double worth = 0;  ///< gain beyond the price of the choice
};

class Search {
public:
    explicit Search(const PairwiseSamples& survey)
        : survey_(survey), deviations_(survey), ways_(ways_of_both.begin(), ways_of_both.end())
    {
        if (survey.both_ways) {
            ways_ = {LinkDirection::both};
        }
    }

    std::vector<Suspect> run()
    {
        std::vector<Suspect> found;
        while (found.size() < most_suspects) {
            best_.reset();
            deviations_.refresh();
            try_units();
            try_ranks();
            try_links();
            try_boundary();
            if (!best_) {
                break;
            }
            best_->suspect.slowdown = std::exp(best_->score.effect);
            deviations_.set_aside(
                [&](const LinkEntry& e) { return concerns(best_->suspect, e.from, e.to, survey_.nodes); });
            found.push_back(best_->suspect);
        }
        return found;
    }

private:
    void offer(Suspect suspect, const std::optional<Score>& score, double price)
    {
        if (!score || score->effect < smallest_effect || score->slow_share < least_slow_share) {
            return;
        }
        double worth = score->gain - price - least_gain;
        if (worth <= 0 && suspect.kind == SuspectKind::link && score->deviations > std::sqrt(2 * price)) {
            worth = least_worth * score->deviations;
        }
        if (worth > 0 && (!best_ || worth > best_->worth)) {
            best_ = Candidate{.suspect = std::move(suspect), .score = *score, .worth = worth};
        }
    }

    double price(std::size_t choices) const { return std::log(static_cast<double>(choices * ways_.size())); }

    void try_units()
    {
        const std::size_t units = deviations_.units();
        const auto kind = deviations_.units_are_nodes() ? SuspectKind::node : SuspectKind::rank;
        for (std::size_t unit = 0; unit < units; ++unit) {
            if (deviations_.partners(unit) < 2) {
                continue;  // its only link would explain as much
            }
            for (const LinkDirection way : ways_) {
                offer({.kind = kind,
                       .members = {deviations_.id(unit)},
                       .of_ranks = !deviations_.units_are_nodes(),
                       .way = way},
                      deviations_.score(deviations_.of_unit(unit, way)), price(units));
            }
        }
    }

    /// Single ranks of nodes that have several.
    void try_ranks()
    {
        if (!deviations_.units_are_nodes() || deviations_.units() == static_cast<std::size_t>(survey_.ranks)) {
            return;
        }
        for (int rank = 0; rank < survey_.ranks; ++rank) {
            for (const LinkDirection way : ways_) {
                offer({.kind = SuspectKind::rank, .members = {rank}, .of_ranks = true, .way = way},
                      deviations_.score(deviations_.of_rank(rank, way)),
                      price(static_cast<std::size_t>(survey_.ranks)));
            }
        }
    }

    void try_links()
    {
        const std::size_t units = deviations_.units();
        for (const auto& [a, b] : deviations_.pairs()) {
            for (const LinkDirection way : ways_) {
                offer({.kind = SuspectKind::link,
                       .members = {deviations_.id(a), deviations_.id(b)},
                       .of_ranks = !deviations_.units_are_nodes(),
                       .way = way},
                      deviations_.score(deviations_.of_pair(a, b, way)), price(units * (units - 1) / 2));
            }
        }
    }

    void try_boundary()
    {
        if (const auto boundary = find_slow_boundary(deviations_, ways_)) {
            Suspect suspect{.kind = SuspectKind::boundary,
                            .members = {},
                            .of_ranks = !deviations_.units_are_nodes(),
                            .way = boundary->way};
            std::transform(boundary->units.begin(), boundary->units.end(), std::back_inserter(suspect.members),
                           [&](std::size_t unit) { return deviations_.id(unit); });
            std::sort(suspect.members.begin(), suspect.members.end());
            offer(suspect, boundary->score, boundary->price + std::log(static_cast<double>(ways_.size())));
            if (boundary->slow_unit && best_ && best_->suspect == suspect) {
                take_first(*boundary->slow_unit);
            }
        }
    }

    /// A unit that is slow with every other looks as if it lay on the far side of a slow boundary: its links leave the
    /// data before the boundary is searched again.
    void take_first(const SlowUnit& unit)
    {
        best_->suspect.kind = deviations_.units_are_nodes() ? SuspectKind::node : SuspectKind::rank;
        best_->suspect.members = {deviations_.id(unit.unit)};
        best_->suspect.way = LinkDirection::both;
        best_->score.effect = unit.effect;
    }

    const PairwiseSamples& survey_;
    LinkDeviations deviations_;
    std::vector<LinkDirection> ways_;
    std::optional<Candidate> best_;
};

}  // namespace

std::string_view name(SuspectKind kind)
{
    constexpr std::array<std::string_view, 4> names{"node", "rank", "link", "leaf"};
    return names.at(static_cast<std::size_t>(kind));
}

std::string_view name(LinkDirection way)
{
    constexpr std::array<std::string_view, 3> names{"both", "out", "in"};
    return names.at(static_cast<std::size_t>(way));
}

RankNodes::RankNodes(std::span<const int> node_of_rank)
    : of_rank(node_of_rank.begin(), node_of_rank.end()),
      several(std::adjacent_find(of_rank.begin(), of_rank.end(), std::not_equal_to<>()) != of_rank.end())
{
}

namespace {

std::vector<LinkMessage>& messages_of(PairwiseSamples& survey, LinkStage stage)
{
    switch (stage) {
        case LinkStage::rested:
            return survey.rested;
        case LinkStage::repeated:
            return survey.repeated;
        case LinkStage::confirmation:
            return survey.retest;
        case LinkStage::sweep:
        case LinkStage::compute:
        case LinkStage::ring:
            break;
    }
    return survey.sweep;
}

}  // namespace

PairwiseSamples pairwise_samples_of(const CaseRecord& record, const RankNodes& nodes)
{
    PairwiseSamples survey;
    survey.nodes = nodes;
    survey.ranks = static_cast<int>(nodes.of_rank.size());
    survey.bytes = record.header.what.bytes;
    survey.both_ways = text_parameter(record.header.what, "traffic") == name(LinkTraffic::both_ways);
    std::size_t messages = 0;
    for (const Round& round : record.rounds) {
        for_each_message(round, [&](LinkStage stage, int, int, double) { messages += stage == LinkStage::sweep; });
    }
    survey.sweep.reserve(messages);
    for (const Round& round : record.rounds) {
        for (std::size_t i = 0; round.links && i < round.links->stage.size(); ++i) {
            if (round.links->stage[i] == static_cast<std::uint8_t>(LinkStage::rested)) {
                survey.rest_batch = std::max(survey.rest_batch, round.batch.at(i));
            }
        }
        for_each_message(round, [&](LinkStage stage, int from, int to, double seconds) {
            if (stage == LinkStage::compute) {
                survey.compute.resize(nodes.of_rank.size());
                survey.compute.at(static_cast<std::size_t>(from)).push_back(seconds);
                return;
            }
            messages_of(survey, stage).push_back({from, to, seconds});
        });
    }
    return survey;
}

bool is_evidence(int from, int to, const RankNodes& nodes)
{
    return !nodes.several || nodes.node(from) != nodes.node(to);
}

bool concerns(const Suspect& suspect, int from, int to, const RankNodes& nodes)
{
    const int a = suspect.of_ranks ? from : nodes.node(from);
    const int b = suspect.of_ranks ? to : nodes.node(to);
    bool out = holds(suspect, a) && !holds(suspect, b);
    bool in = !holds(suspect, a) && holds(suspect, b);
    if (suspect.kind == SuspectKind::link) {
        out = a == suspect.members[0] && b == suspect.members[1];
        in = a == suspect.members[1] && b == suspect.members[0];
    }
    if (suspect.kind == SuspectKind::rank && !is_evidence(from, to, nodes)) {
        return false;
    }
    return (out && suspect.way != LinkDirection::in) || (in && suspect.way != LinkDirection::out);
}

std::vector<Suspect> find_suspects(const PairwiseSamples& survey)
{
    return Search(survey).run();
}

namespace {

/// Whether the unit is suspected once what it sends and receives takes `slowdown` times as long.
bool is_suspected_if_slower(const PairwiseSamples& survey, int unit, double slowdown)
{
    PairwiseSamples planted = survey;
    const bool nodes = survey.nodes.several;
    const auto unit_of = [&](int rank) { return nodes ? survey.nodes.node(rank) : rank; };
    for (LinkMessage& message : planted.sweep) {
        const bool through = unit_of(message.from) == unit || unit_of(message.to) == unit;
        message.seconds *= through ? slowdown : 1;
    }
    const std::vector<Suspect> suspects = find_suspects(planted);
    return std::ranges::any_of(suspects, [&](const Suspect& suspect) {
        const bool whole = suspect.kind == SuspectKind::node || (!nodes && suspect.kind == SuspectKind::rank);
        return whole && suspect.members == std::vector{unit};
    });
}

}  // namespace

std::optional<DetectionLimit> detection_limit(const PairwiseSamples& survey)
{
    constexpr std::size_t most_messages = 20'000;
    constexpr std::size_t most_units = 8;
    constexpr std::array tried{1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.75, 2.0, largest_slowdown_tried};
    std::set<int> all;
    for (const LinkMessage& message : survey.sweep) {
        if (is_evidence(message.from, message.to, survey.nodes)) {
            all.insert(survey.nodes.several ? survey.nodes.node(message.from) : message.from);
        }
    }
    if (all.size() < 3 || survey.sweep.size() > most_messages) {
        return std::nullopt;
    }
    const std::vector<int> units(all.begin(), all.end());
    const std::size_t step = (units.size() + most_units - 1) / most_units;
    std::size_t needed = 0;  // index of the slowdown that is enough for all units looked at
    for (std::size_t i = 0; i < units.size(); i += step) {
        while (needed < tried.size() && !is_suspected_if_slower(survey, units[i], tried.at(needed))) {
            ++needed;
        }
    }
    return DetectionLimit{.slowdown = needed < tried.size() ? std::optional(tried.at(needed)) : std::nullopt};
}

}  // namespace plumbline
