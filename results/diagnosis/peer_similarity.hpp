// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A node that differs from its peers.
struct PeerOutlier {
    std::size_t node = 0;
    double similarity = 0;  ///< to the centre
    double ratio = 1;       ///< median time / the centre's
    bool operator==(const PeerOutlier&) const = default;
};

/// What nodes that should be alike have in common, derived from their own samples.
struct PeerCriterion {
    std::size_t centre = 0;             ///< medoid of the nodes that are alike
    double centre_s = 0;                ///< median of its samples
    std::size_t nodes = 0;              ///< nodes with samples
    std::vector<PeerOutlier> outliers;  ///< nodes that differ, slowest first; faster ones too
    bool operator==(const PeerCriterion&) const = default;
};

/// 1 - (area between the two empirical distribution functions / median of `centre`): 0.9 for a shift by a tenth. Both
/// are sorted and not empty.
double similarity(std::span<const double> values, std::span<const double> centre);

/// SuperBench's criterion (Xiong et al., USENIX ATC'24). The centre is the medoid of the nodes' distributions, the one
/// with the least sum of distances to all others. Nodes that are less similar to it than `least_similarity` are
/// dropped, and the rest is treated again until none is. A medoid is robust: a third of all nodes that are slow
/// together don't move it. Nodes that are all equally slow have no outlier; that takes an absolute floor. `seconds`:
/// [node] samples; nodes without samples are left out. Nothing below three nodes with samples, since of two neither is
/// the outlier. O(nodes^2 samples). Pure.
std::optional<PeerCriterion> fit_peer_criterion(std::span<const std::vector<double>> seconds,
                                                double least_similarity = 0.95);

}  // namespace plumbline
