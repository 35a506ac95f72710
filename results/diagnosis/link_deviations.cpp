// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/link_deviations.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace plumbline {
namespace {

/// Least spread of log times: in a simulation all times may be equal.
constexpr double least_deviation = 1e-4;
constexpr double least_sigma = 1e-3;
constexpr double deviations_to_sigma = 1.4826;  ///< of a normal law
/// Up to so many links the level of the others is computed for each set.
constexpr std::size_t few_links = 16 * 15;

double loss_around(std::span<const double> values, double level)
{
    double loss = 0;
    for (const double value : values) {
        loss += std::abs(value - level);
    }
    return loss;
}

}  // namespace

LinkDeviations::LinkDeviations(const PairwiseSamples& survey)
{
    add_units(survey);
    const std::size_t ranks = unit_of_rank_.size();
    std::vector<std::vector<double>> samples(ranks * ranks);  // [from * ranks + to]
    for (const LinkMessage& message : survey.sweep) {
        if (is_evidence(message.from, message.to, survey.nodes) && message.seconds > 0) {
            samples[static_cast<std::size_t>(message.from) * ranks + static_cast<std::size_t>(message.to)].push_back(
                message.seconds);
        }
    }
    sent_by_rank_.resize(ranks);
    sent_to_rank_.resize(ranks);
    sent_by_unit_.resize(units());
    sent_to_unit_.resize(units());
    between_units_.resize(units() * units());
    std::vector<std::set<std::size_t>> met(units());
    for (std::size_t link = 0; link < samples.size(); ++link) {
        const auto middle = median(samples[link]);
        if (!middle) {
            continue;
        }
        const std::size_t from = link / ranks;
        const std::size_t to = link % ranks;
        const LinkEntry entry{.from = static_cast<int>(from),
                              .to = static_cast<int>(to),
                              .from_unit = unit_of_rank_[from],
                              .to_unit = unit_of_rank_[to],
                              .log_s = std::log(*middle),
                              .aside = false};
        sent_by_rank_[from].push_back(entries_.size());
        sent_to_rank_[to].push_back(entries_.size());
        sent_by_unit_[entry.from_unit].push_back(entries_.size());
        sent_to_unit_[entry.to_unit].push_back(entries_.size());
        between_units_[entry.from_unit * units() + entry.to_unit].push_back(entries_.size());
        met[entry.from_unit].insert(entry.to_unit);
        met[entry.to_unit].insert(entry.from_unit);
        entries_.push_back(entry);
    }
    for (const auto& partners : met) {
        partners_.push_back(partners.size());
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
    return merged(between_units_[a * units() + b], between_units_[b * units() + a], way);
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
