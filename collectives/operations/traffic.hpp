// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Elements of one rank's block for a total array of at most `total_bytes`, rounded down; 0 where there is less than
/// one element per rank, so that the case can't run.
std::uint64_t block_elements(Collective collective, DataType dtype, std::uint64_t total_bytes, int ranks);

/// S in bytes of the call that is made. For alltoallv only this rank's share, from the counts of `call`; use
/// TrafficMatrix::bottleneck_bytes for S.
std::uint64_t total_bytes(const CollectiveCall& call, int ranks);

/// busbw / algbw; nothing where it is undefined (one rank, a barrier).
std::optional<double> busbw_factor(Collective collective, int ranks, int window = 1);

/// S / t in bytes per second; nothing when `seconds` is not positive or S is 0.
std::optional<double> algorithm_bandwidth(std::uint64_t total_bytes, double seconds);

/// How alltoallv distributes its bytes.
enum class SkewKind : std::uint8_t {
    uniform,  ///< evenly, as alltoall
    random,   ///< each pair drawn uniformly from [0, 2 * mean] by the seed; every sender sends the same total
    zipf,     ///< receivers' popularity ~ 1 / position^factor, positions permuted by the seed
    hot,      ///< one receiver, drawn by the seed, gets `factor` times the mean
    matrix,   ///< bytes stated for each pair
};
std::string_view name(SkewKind kind);
std::optional<SkewKind> parse_skew_kind(std::string_view text);

/// Elements that each rank sends to each other rank in an alltoallv: a pure function, not a stored n x n table (unless
/// the table was given), so that a rank holds only its own row and column.
class TrafficMatrix {
public:
    /// `mean_elements`: what a rank sends to another on average. Each row's sum is at most ranks * mean_elements.
    TrafficMatrix(SkewKind kind, int ranks, std::uint64_t mean_elements, double factor, std::uint64_t seed);
    /// So that no rank sends or receives more than `most_elements` in all, whatever the skew; of `random` each rank
    /// sends so many, and some receive a little more. Not for `matrix`.
    static TrafficMatrix with_bottleneck(SkewKind kind, int ranks, std::uint64_t most_elements, double factor,
                                         std::uint64_t seed);
    /// From a table of bytes, row = sender, `ranks * ranks` entries; elements are bytes / size_of(dtype), rounded down.
    TrafficMatrix(std::vector<std::uint64_t> bytes, int ranks, DataType dtype);

    std::uint64_t elements(int sender, int receiver) const;
    std::vector<std::uint64_t> row(int sender) const;
    std::vector<std::uint64_t> column(int receiver) const;
    /// row() and column() in as little memory as their kind allows: of zipf and hot all senders share one list.
    BlockCounts sent_by(int sender) const;
    BlockCounts received_by(int receiver) const;
    /// The larger total of elements that this rank sends or receives, in O(ranks) steps.
    std::uint64_t most_elements(int rank) const;
    /// The largest total of elements that any rank sends or receives. `random` and `matrix` take O(ranks^2) steps:
    /// ranks that can ask each other take the largest most_elements().
    std::uint64_t bottleneck_elements() const;
    /// Not less than bottleneck_elements(), in O(ranks) steps but for `matrix`. For `random` it is exceeded with a
    /// probability below ranks * 2e-14 (Hoeffding 1963), and within 8 / sqrt(ranks) of the mean.
    std::uint64_t bottleneck_limit() const;
    /// bottleneck / mean of what the ranks receive: 1 where traffic is even.
    double skew_factor() const;

private:
    TrafficMatrix(SkewKind kind, int ranks, std::vector<std::uint64_t> row);

    SkewKind kind_;
    int ranks_;
    std::uint64_t mean_elements_;
    std::uint64_t seed_;
    /// matrix: the whole table; zipf, hot: the row that all senders share. Copies share it.
    std::shared_ptr<const std::vector<std::uint64_t>> table_;
};

}  // namespace plumbline
