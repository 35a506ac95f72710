#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// A node that is unlike its peers.
struct PeerOutlier {
    std::size_t node = 0;
    double similarity = 0;  ///< to the centre
    double ratio = 1;       ///< median time / the centre's
    bool operator==(const PeerOutlier&) const = default;
};

/// What nodes that should be alike have in common, learnt from themselves.
struct PeerCriterion {
    std::size_t centre = 0;             ///< medoid of the nodes that were kept
    double centre_s = 0;                ///< its median
    std::size_t nodes = 0;              ///< with samples
    std::vector<PeerOutlier> outliers;  ///< that were dropped, slowest first; faster ones too
    bool operator==(const PeerCriterion&) const = default;
};

/// 1 - the area between the two empirical distribution functions / the median of `centre`: a shift by a tenth is 0.9.
/// Both sorted, not empty.
double similarity(std::span<const double> values, std::span<const double> centre);

/// SuperBench's rule (Xiong et al., USENIX ATC'24): the centre is the medoid of the nodes' distributions, the one with
/// the least sum of distances to all others; nodes that are less similar to it than `least_similarity` are dropped, and
/// so on with the rest until none is. Not mean-based: a third of all nodes that are bad together can't draw it. Where
/// all are equally slow it sees nothing: that takes an absolute floor. `seconds`: [node]; nodes without samples are
/// left out. Nothing below three nodes with samples, of which no one could be the odd one. O(nodes^2 samples). Pure.
std::optional<PeerCriterion> fit_peer_criterion(std::span<const std::vector<double>> seconds,
                                                double least_similarity = 0.95);

}  // namespace plumbline
