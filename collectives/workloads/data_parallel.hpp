#pragma once

#include "collectives/workloads/program.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace plumbline {

/// What the ranks hold of the model, and hence what they exchange.
enum class Sharding : std::uint8_t {
    none,   ///< everything: an allreduce of the gradients (PyTorch DDP)
    zero1,  ///< their part of the optimizer's state: reduce-scatter of gradients, all-gather of parameters
    zero2,  ///< and of the gradients: the same traffic
    zero3,  ///< and of the parameters: all-gather before forward and before backward, reduce-scatter (FSDP)
};
inline constexpr std::array all_shardings{Sharding::none, Sharding::zero1, Sharding::zero2, Sharding::zero3};
std::string_view name(Sharding sharding);  ///< "none", "zero1", ...

/// One training step of data parallelism; fixed work per rank.
struct DataParallelSpec {
    /// The whole step's compute, followed by one allreduce that blocks; 0: forward_s and backward_s, and what can
    /// overlap does.
    double compute_s = 0;
    double forward_s = 0;
    double backward_s = 0;
    std::uint64_t gradient_bytes = 0;  ///< of all parameters
    DataType dtype = DataType::float32;
    Sharding sharding = Sharding::none;
    std::uint64_t bucket_bytes = std::uint64_t{25} << 20U;  ///< PyTorch's default
    std::uint64_t first_bucket_bytes = std::uint64_t{1} << 20U;
    std::vector<std::uint64_t> buckets = {};  ///< given one by one, in the order in which backward fills them
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

/// Backward takes each bucket's share of it by bytes; what has begun is waited for in order.
Program data_parallel_program(const DataParallelSpec& spec, int ranks);

/// One server, first come first served: when the last piece is done, ready_s[k] after the start taking cost_s[k].
double queue_finish_s(std::span<const double> ready_s, std::span<const double> cost_s);

}  // namespace plumbline
