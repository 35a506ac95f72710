// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/cost_model.hpp"

#include <bit>
#include <stdexcept>

namespace plumbline::sim {
namespace {

/// ceil(log2 p), the rounds of a binomial tree.
int tree_rounds(int ranks)
{
    return static_cast<int>(std::bit_width(static_cast<unsigned>(ranks - 1)));
}

}  // namespace

double collective_seconds(Collective collective, int ranks, std::uint64_t total_bytes, int window, double latency_s,
                          double bandwidth_bytes_per_s)
{
    if (ranks <= 1) {
        return 0;
    }
    const double others = ranks - 1;
    const double transfer_s = static_cast<double>(total_bytes) / bandwidth_bytes_per_s;
    switch (collective) {
        case Collective::allreduce:
            return 2 * others * latency_s + 2 * others / ranks * transfer_s;
        case Collective::reduce_scatter:
        case Collective::allgather:
        case Collective::gather:
        case Collective::scatter:
        case Collective::alltoall:
        case Collective::alltoallv:
            return others * latency_s + others / ranks * transfer_s;
        case Collective::broadcast:
        case Collective::reduce:
            return tree_rounds(ranks) * latency_s + transfer_s;
        case Collective::sendrecv:
            return latency_s + transfer_s;
        case Collective::pingpong:
            return 2 * (latency_s + transfer_s);
        case Collective::bidirectional:
            return latency_s + window * transfer_s;
        case Collective::barrier:
            return 2 * tree_rounds(ranks) * latency_s;
    }
    throw std::logic_error("a collective without a cost");
}

}  // namespace plumbline::sim
