// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <cstdint>

namespace plumbline::sim {

/// Seconds from the last rank's arrival until all are done, on a full crossbar of links with `latency_s` and
/// `bandwidth_bytes_per_s` (Hockney; Chan et al. 2007; Thakur, Rabenseifner, Gropp 2005):
///   allreduce        2(p-1) alpha + 2(p-1)/p S beta       (ring)
///   reduce_scatter, allgather, alltoall   (p-1) alpha + (p-1)/p S beta
///   gather, scatter  (p-1) alpha + (p-1)/p S beta
///   broadcast, reduce   ceil(log2 p) alpha + S beta       (pipelined)
///   alltoallv        (p-1) alpha + (p-1)/p S beta, S the bottleneck rank's bytes
///   sendrecv         alpha + S beta
///   pingpong         2 (alpha + S beta)
///   bidirectional    alpha + window S beta
///   barrier          2 ceil(log2 p) alpha
/// `total_bytes` is S. One rank alone takes 0.
double collective_seconds(Collective collective, int ranks, std::uint64_t total_bytes, int window, double latency_s,
                          double bandwidth_bytes_per_s);

}  // namespace plumbline::sim
