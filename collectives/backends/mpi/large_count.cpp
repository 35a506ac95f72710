// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/large_count.hpp"

#include <algorithm>

namespace plumbline::mpi {

std::vector<Piece> cut(std::uint64_t count, int max_count)
{
    const auto most = static_cast<std::uint64_t>(max_count);
    std::vector<Piece> pieces;
    std::uint64_t first = 0;
    do {
        const std::uint64_t here = std::min(count - first, most);
        pieces.push_back({.first = first, .count = static_cast<int>(here)});
        first += here;
    } while (first < count);
    return pieces;
}

std::vector<Piece> cut_block(std::uint64_t block, int ranks, int max_count)
{
    return cut(block, std::max(1, max_count / ranks));
}

Layout layout(const BlockCounts& counts)
{
    Layout result;
    std::uint64_t start = 0;
    for (const std::uint64_t count : counts) {
        result.counts.push_back(static_cast<int>(count));
        result.starts.push_back(static_cast<int>(start));
        start += count;
    }
    return result;
}

}  // namespace plumbline::mpi
