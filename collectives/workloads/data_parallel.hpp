// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/program.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// How the model is sharded over the ranks, which determines what they exchange.
enum class Sharding : std::uint8_t {
    none,   ///< nothing is sharded: an allreduce of the gradients (PyTorch DDP)
    zero1,  ///< the optimizer's state: reduce-scatter of gradients, all-gather of parameters
    zero2,  ///< and the gradients: the same traffic
    zero3,  ///< and the parameters: all-gather before forward and before backward, reduce-scatter (FSDP)
};
inline constexpr std::array all_shardings{Sharding::none, Sharding::zero1, Sharding::zero2, Sharding::zero3};
std::string_view name(Sharding sharding);  ///< "none", "zero1", ...

/// One training step of data parallelism, with fixed work per rank.
struct DataParallelSpec {
    /// Compute of the whole step, followed by one blocking allreduce; 0: forward_s and backward_s, with overlap where
    /// possible.
    double compute_s = 0;
    double forward_s = 0;
    double backward_s = 0;
    std::uint64_t gradient_bytes = 0;  ///< of all parameters
    DataType dtype = DataType::float32;
    Sharding sharding = Sharding::none;
    std::uint64_t bucket_bytes = std::uint64_t{25} << 20U;  ///< PyTorch's default
    std::uint64_t first_bucket_bytes = std::uint64_t{1} << 20U;
    std::vector<std::uint64_t> buckets = {};  ///< bytes of each bucket, in the order in which backward fills them
    int prefetch = 1;                         ///< zero3: all-gathers ahead of the compute that needs them
    double slice_s = 100e-6;                  ///< compute between two test calls
    ComputeSpec compute = {};

    bool overlaps() const { return compute_s == 0; }
    bool operator==(const DataParallelSpec&) const = default;
};

/// Bytes of each bucket, in the order in which backward fills them: the last layers' first.
std::vector<std::uint64_t> bucket_sizes(const DataParallelSpec& spec);
/// How many bucket_sizes() has.
std::uint64_t bucket_count(const DataParallelSpec& spec);

/// Backward's compute is divided over the buckets by their bytes; collectives are waited for in the order of their
/// start.
Program data_parallel_program(const DataParallelSpec& spec, int ranks);

/// Completion time of a single server, first come first served: job k is ready at ready_s[k] and takes cost_s[k].
double queue_finish_s(std::span<const double> ready_s, std::span<const double> cost_s);

}  // namespace plumbline
