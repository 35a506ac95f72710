// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/link_deviations.hpp"

#include "results/statistics/statistics.hpp"
#include "results/summaries/link_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

namespace plumbline {
namespace {

/// Least spread of log times: in a simulation all times may be equal.
constexpr double least_deviation = 1e-4;
constexpr double least_sigma = 1e-3;
constexpr double deviations_to_sigma = 1.4826;  ///< of a normal law
/// Up to so many links the level of the others is computed for each set.
constexpr std::size_t few_links = 16 * 15;

std::pair<std::size_t, std::size_t> units_of(const LinkEntry& entry)
{
    return {entry.from_unit, entry.to_unit};
}

double loss_around(std::span<const double> values, double level)
{
    double loss = 0;
    for (const double value : values) {
        loss += std::abs(value - level);
    }
    return loss;
}

std::vector<LinkTime> medians_of_evidence(const PairwiseSamples& survey)
{
    LinkTimes times;
    for (const LinkMessage& message : survey.sweep) {
        if (is_evidence(message.from, message.to, survey.nodes) && message.seconds > 0) {
            times.add(message.from, message.to, message.seconds);
        }
    }
    return times.medians();
}

}  // namespace

LinkDeviations::LinkDeviations(const PairwiseSamples& survey)
{
    add_units(survey);
    const std::size_t ranks = unit_of_rank_.size();
    sent_by_rank_.resize(ranks);
    sent_to_rank_.resize(ranks);
    sent_by_unit_.resize(units());
    sent_to_unit_.resize(units());
    for (const LinkTime& link : medians_of_evidence(survey)) {
        const auto from = static_cast<std::size_t>(link.from);
        const auto to = static_cast<std::size_t>(link.to);
        const LinkEntry entry{.from = link.from,
                              .to = link.to,
                              .from_unit = unit_of_rank_[from],
                              .to_unit = unit_of_rank_[to],
                              .log_s = std::log(link.seconds),
                              .aside = false};
        sent_by_rank_[from].push_back(entries_.size());
        sent_to_rank_[to].push_back(entries_.size());
        sent_by_unit_[entry.from_unit].push_back(entries_.size());
        sent_to_unit_[entry.to_unit].push_back(entries_.size());
        entries_.push_back(entry);
    }
    sort_by_units();
    partners_.assign(units(), 0);
    for (const auto& [a, b] : pairs()) {
        ++partners_[a];
        ++partners_[b];
    }
    refresh();
}

void LinkDeviations::add_units(const PairwiseSamples& survey)
{
    const std::vector<int>& of_rank = survey.nodes.of_rank;
    units_are_nodes_ = survey.nodes.several;
    if (units_are_nodes_) {
        const std::set<int> nodes(of_rank.begin(), of_rank.end());
        ids_.assign(nodes.begin(), nodes.end());
    }
    for (std::size_t rank = 0; rank < of_rank.size(); ++rank) {
        if (!units_are_nodes_) {
            ids_.push_back(static_cast<int>(rank));
        }
        const int id = units_are_nodes_ ? of_rank[rank] : static_cast<int>(rank);
        unit_of_rank_.push_back(
            static_cast<std::size_t>(std::lower_bound(ids_.begin(), ids_.end(), id) - ids_.begin()));
    }
}

void LinkDeviations::refresh()
{
    open_.clear();
    std::vector<double> values;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (!entries_[i].aside) {
            open_.push_back(i);
            values.push_back(entries_[i].log_s);
        }
    }
    level_ = median(values).value_or(0);
    loss_ = loss_around(values, level_);
    std::transform(values.begin(), values.end(), values.begin(),
                   [&](double value) { return std::abs(value - level_); });
    sigma_ = std::max(median(values).value_or(0) * deviations_to_sigma, least_sigma);
}

std::vector<std::size_t> LinkDeviations::merged(const std::vector<std::size_t>& out, const std::vector<std::size_t>& in,
                                                LinkDirection way) const
{
    std::vector<std::size_t> links;
    const auto take = [&](const std::vector<std::size_t>& from) {
        std::copy_if(from.begin(), from.end(), std::back_inserter(links),
                     [&](std::size_t i) { return !entries_[i].aside; });
    };
    if (way != LinkDirection::in) {
        take(out);
    }
    if (way != LinkDirection::out) {
        take(in);
    }
    return links;
}

std::vector<std::size_t> LinkDeviations::of_unit(std::size_t unit, LinkDirection way) const
{
    return merged(sent_by_unit_[unit], sent_to_unit_[unit], way);
}

std::vector<std::size_t> LinkDeviations::of_rank(int rank, LinkDirection way) const
{
    const auto i = static_cast<std::size_t>(rank);
    return merged(sent_by_rank_[i], sent_to_rank_[i], way);
}

std::vector<std::size_t> LinkDeviations::of_pair(std::size_t a, std::size_t b, LinkDirection way) const
{
    return merged(between(a, b), between(b, a), way);
}

void LinkDeviations::sort_by_units()
{
    by_units_.resize(entries_.size());
    std::iota(by_units_.begin(), by_units_.end(), std::size_t{0});
    std::ranges::stable_sort(by_units_, {}, [this](std::size_t i) { return units_of(entries_[i]); });
}

std::vector<std::size_t> LinkDeviations::between(std::size_t from, std::size_t to) const
{
    const auto links = std::ranges::equal_range(by_units_, std::pair(from, to), {},
                                                [this](std::size_t i) { return units_of(entries_[i]); });
    return {links.begin(), links.end()};
}

std::vector<std::pair<std::size_t, std::size_t>> LinkDeviations::pairs() const
{
    std::vector<std::pair<std::size_t, std::size_t>> met;
    met.reserve(by_units_.size());
    for (const std::size_t i : by_units_) {
        const auto [from, to] = units_of(entries_[i]);
        met.emplace_back(std::min(from, to), std::max(from, to));
    }
    std::ranges::sort(met);
    met.erase(std::unique(met.begin(), met.end()), met.end());
    return met;
}

std::vector<std::size_t> LinkDeviations::of_boundary(const std::vector<char>& inside, LinkDirection way) const
{
    std::vector<std::size_t> links;
    for (const std::size_t i : open_) {
        const bool from = inside[entries_[i].from_unit] != 0;
        const bool to = inside[entries_[i].to_unit] != 0;
        if (from != to && (way == LinkDirection::both || from == (way == LinkDirection::out))) {
            links.push_back(i);
        }
    }
    return links;
}

std::optional<Score> LinkDeviations::score_against(std::span<const std::size_t> links, double outside,
                                                   double outside_loss) const
{
    std::vector<double> values;
    values.reserve(links.size());
    for (const std::size_t i : links) {
        values.push_back(entries_[i].log_s);
    }
    const auto inside = median(values);
    if (!inside) {
        return std::nullopt;
    }
    const double middle = (*inside + outside) / 2;
    const auto slow = std::count_if(values.begin(), values.end(), [&](double value) { return value > middle; });
    const double count = static_cast<double>(open_.size());
    const double least = count * least_deviation;
    const double after = std::max(outside_loss + loss_around(values, *inside), least);
    return Score{.gain = count * std::log(std::max(loss_, least) / after),
                 .effect = *inside - outside,
                 .slow_share = static_cast<double>(slow) / static_cast<double>(values.size()),
                 .deviations = (*inside - outside) * std::sqrt(static_cast<double>(values.size())) / sigma_};
}

std::optional<Score> LinkDeviations::exact_score(std::span<const std::size_t> links) const
{
    std::vector<char> inside(entries_.size(), 0);
    for (const std::size_t i : links) {
        inside[i] = 1;
    }
    std::vector<double> others;
    for (const std::size_t i : open_) {
        if (inside[i] == 0) {
            others.push_back(entries_[i].log_s);
        }
    }
    const auto outside = median(others);
    return outside ? score_against(links, *outside, loss_around(others, *outside)) : std::nullopt;
}

std::optional<Score> LinkDeviations::score(std::span<const std::size_t> links) const
{
    if (open_.size() <= few_links || 8 * links.size() > open_.size()) {
        return exact_score(links);
    }
    // Leaving out a small part of many links hardly moves the level of the rest.
    double inside_loss = 0;
    for (const std::size_t i : links) {
        inside_loss += std::abs(entries_[i].log_s - level_);
    }
    return score_against(links, level_, loss_ - inside_loss);
}

}  // namespace plumbline
