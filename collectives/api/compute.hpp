// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace plumbline {

/// What stands in for a model's compute.
enum class ComputeKind : std::uint8_t {
    spin,   ///< busy: a fixed quantum of work, the same on all ranks, that touches no memory
    sleep,  ///< idle: as on a host whose device computes
    gemm,   ///< matrix products, which use caches and memory as the real thing does
};
inline constexpr std::array all_compute_kinds{ComputeKind::spin, ComputeKind::sleep, ComputeKind::gemm};
std::string_view name(ComputeKind kind);

/// A piece of compute on one rank. For gemm: `repeats` products C = A B of `dtype`, A m x k, B k x n.
struct ComputeCall {
    ComputeKind kind = ComputeKind::spin;
    /// spin, sleep: how long when nothing disturbs it. gemm: what it should take, which simulated clusters go by.
    double seconds = 0;
    std::uint64_t m = 0;
    std::uint64_t n = 0;
    std::uint64_t k = 0;
    std::uint32_t repeats = 1;
    DataType dtype = DataType::float32;

    bool operator==(const ComputeCall&) const = default;
};

/// How a workload whose durations are given computes them.
struct ComputeSpec {
    ComputeKind kind = ComputeKind::spin;
    std::uint64_t size = 256;   ///< gemm: m = n = k
    double flops_per_s = 50e9;  ///< gemm: so many operations make a second of what was asked for
    bool operator==(const ComputeSpec&) const = default;
};
/// gemm: at least one product, so many that they come nearest to `seconds` at the speed stated; the same on all ranks.
ComputeCall compute_of(const ComputeSpec& spec, double seconds);

/// 2 m n k for each product; 0 for the other kinds.
double floating_point_operations(const ComputeCall& call);

}  // namespace plumbline
