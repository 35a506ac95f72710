// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/diagnosis/suspects.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

/// The sweep as find_suspects() needs it: log times and their deviations from the middle.
namespace plumbline {

/// In log time: a smaller effect is the ordinary spread of links.
inline constexpr double smallest_effect = 0.02;
/// Share of a suspect's links that must be on its side of the middle.
inline constexpr double least_slow_share = 0.75;

/// A link with its log median time.
struct LinkEntry {
    int from = 0;
    int to = 0;
    std::size_t from_unit = 0;
    std::size_t to_unit = 0;
    double log_s = 0;
    bool aside = false;  ///< explained by an earlier suspect
};

/// How much better the data are explained when a set of links has a level of its own: two medians in place of one.
struct Score {
    double gain = 0;        ///< in log likelihood, for deviations of one double exponential distribution
    double effect = 0;      ///< median inside - median outside, in log time
    double slow_share = 0;  ///< share of the links inside that are nearer to the inner level than to the outer
    double deviations = 0;  ///< effect / standard error of as many links, for few links
};

class LinkDeviations {
public:
    explicit LinkDeviations(const PairwiseSamples& survey);

    /// Units are nodes where there are several, else ranks.
    bool units_are_nodes() const { return units_are_nodes_; }
    std::size_t units() const { return ids_.size(); }
    /// Node number or rank.
    int id(std::size_t unit) const { return ids_[unit]; }
    std::size_t partners(std::size_t unit) const { return partners_[unit]; }
    const std::vector<LinkEntry>& entries() const { return entries_; }
    /// Pairs of units that met, the lower one first, ascending.
    std::vector<std::pair<std::size_t, std::size_t>> pairs() const;

    /// Indices of entries() that are not set aside.
    std::vector<std::size_t> of_unit(std::size_t unit, LinkDirection way) const;
    std::vector<std::size_t> of_rank(int rank, LinkDirection way) const;
    std::vector<std::size_t> of_pair(std::size_t a, std::size_t b, LinkDirection way) const;
    std::vector<std::size_t> of_boundary(const std::vector<char>& inside, LinkDirection way) const;

    /// Nothing where there are no links, or no others.
    std::optional<Score> score(std::span<const std::size_t> links) const;
    /// The same, with the exact median of the other links however many links there are.
    std::optional<Score> exact_score(std::span<const std::size_t> links) const;

    /// Recomputes levels after links were set aside.
    void refresh();
    template <class Predicate>
    void set_aside(Predicate explained)
    {
        for (LinkEntry& entry : entries_) {
            entry.aside = entry.aside || explained(entry);
        }
    }

private:
    void add_units(const PairwiseSamples& survey);
    void sort_by_units();
    std::vector<std::size_t> between(std::size_t from, std::size_t to) const;
    std::vector<std::size_t> merged(const std::vector<std::size_t>& out, const std::vector<std::size_t>& in,
                                    LinkDirection way) const;
    std::optional<Score> score_against(std::span<const std::size_t> links, double outside, double outside_loss) const;

    bool units_are_nodes_ = false;
    std::vector<int> ids_;
    std::vector<std::size_t> unit_of_rank_;
    std::vector<std::size_t> partners_;
    std::vector<LinkEntry> entries_;
    std::vector<std::vector<std::size_t>> sent_by_unit_, sent_to_unit_, sent_by_rank_, sent_to_rank_;
    std::vector<std::size_t> by_units_;  ///< entries by their units: sender, then receiver
    std::vector<std::size_t> open_;      ///< entries that are not set aside
    double level_ = 0;
    double loss_ = 0;
    double sigma_ = 0;  ///< standard deviation of one link, from the median of absolute deviations
};

}  // namespace plumbline
