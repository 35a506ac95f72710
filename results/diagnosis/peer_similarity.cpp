// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/peer_similarity.hpp"

#include "results/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace plumbline {
namespace {

/// Area between two empirical distribution functions (Wasserstein-1), in the values' unit. Both sorted.
double distance(std::span<const double> a, std::span<const double> b)
{
    double area = 0;
    double before = 0;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < a.size() || j < b.size()) {
        const double at = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
        const double gap = static_cast<double>(i) / static_cast<double>(a.size()) -
                           static_cast<double>(j) / static_cast<double>(b.size());
        area += std::abs(gap) * (at - before);
        before = at;
        while (i < a.size() && a[i] == at) {
            ++i;
        }
        while (j < b.size() && b[j] == at) {
            ++j;
        }
    }
    return area;
}

/// Distances of all pairs, [node * nodes + node].
std::vector<double> all_distances(std::span<const std::vector<double>> sorted)
{
    const std::size_t nodes = sorted.size();
    std::vector<double> distances(nodes * nodes, 0);
    for (std::size_t a = 0; a < nodes; ++a) {
        for (std::size_t b = a + 1; b < nodes; ++b) {
            distances[a * nodes + b] = distances[b * nodes + a] = distance(sorted[a], sorted[b]);
        }
    }
    return distances;
}

std::size_t medoid(std::span<const double> distances, std::size_t nodes, std::span<const std::size_t> kept)
{
    const auto sum = [&](std::size_t node) {
        double total = 0;
        for (const std::size_t other : kept) {
            total += distances[node * nodes + other];
        }
        return total;
    };
    return *std::ranges::min_element(kept, {}, sum);
}

}  // namespace

double similarity(std::span<const double> values, std::span<const double> centre)
{
    return 1 - distance(values, centre) / median(centre).value_or(0);
}

std::optional<PeerCriterion> fit_peer_criterion(std::span<const std::vector<double>> seconds, double least_similarity)
{
    constexpr std::size_t fewest = 3;
    std::vector<std::size_t> ids;
    std::vector<std::vector<double>> sorted;
    for (std::size_t node = 0; node < seconds.size(); ++node) {
        if (!seconds[node].empty()) {
            ids.push_back(node);
            sorted.push_back(seconds[node]);
            std::ranges::sort(sorted.back());
        }
    }
    if (ids.size() < fewest) {
        return std::nullopt;
    }
    const std::vector<double> distances = all_distances(sorted);
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        kept.push_back(i);
    }
    std::size_t centre = 0;
    std::size_t dropped = 1;
    while (dropped > 0) {
        centre = medoid(distances, ids.size(), kept);
        dropped = std::erase_if(
            kept, [&](std::size_t i) { return similarity(sorted[i], sorted[centre]) < least_similarity; });
    }
    PeerCriterion found{
        .centre = ids[centre], .centre_s = *median(sorted[centre]), .nodes = ids.size(), .outliers = {}};
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (std::ranges::find(kept, i) == kept.end()) {
            found.outliers.push_back({.node = ids[i],
                                      .similarity = similarity(sorted[i], sorted[centre]),
                                      .ratio = *median(sorted[i]) / found.centre_s});
        }
    }
    std::ranges::stable_sort(found.outliers, std::ranges::greater{}, &PeerOutlier::ratio);
    return found;
}

}  // namespace plumbline
