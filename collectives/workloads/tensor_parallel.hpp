// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/program.hpp"

#include <cstdint>

namespace plumbline {

/// Attention and feed-forward, each followed by an exchange where matrices are split.
inline constexpr int parts_of_layer = 2;

/// The layers of a model whose matrices are split over the ranks: one forward and one backward pass.
struct TensorParallelSpec {
    int layers = 4;
    std::uint64_t activation_bytes = 0;  ///< of one layer's output, which is reduced four times per layer
    double forward_s = 0;                ///< of one layer
    double backward_s = 0;
    /// Activations are split along the sequence between the matrices: all-gather and reduce-scatter instead of
    /// allreduce, with the same bytes in all (Korthikanti et al. 2022).
    bool sequence_parallel = false;
    DataType dtype = DataType::bfloat16;
    ComputeSpec compute = {};
    bool operator==(const TensorParallelSpec&) const = default;
};

/// Inference with split matrices: tokens one after the other, two small allreduces per layer, each of which the next
/// matrix waits for.
struct DecodeSpec {
    int layers = 4;
    int tokens = 1;                      ///< one after the other in one execution
    std::uint64_t activation_bytes = 0;  ///< of one layer's output for the sequences that are decoded together
    double layer_s = 0;                  ///< compute of one layer; 0: none
    int sequences = 1;                   ///< sequences decoded together, one token each per pass
    DataType dtype = DataType::bfloat16;
    ComputeSpec compute = {};
    bool operator==(const DecodeSpec&) const = default;
};

Program tensor_parallel_program(const TensorParallelSpec& spec, int ranks);
Program decode_program(const DecodeSpec& spec, int ranks);

/// Exchanges of split layers: an allreduce, or an all-gather before and a reduce-scatter after the matrices.
class TensorExchange {
public:
    /// `subgroup`: as in SubgroupCall, of `ranks` ranks. A single rank exchanges nothing.
    TensorExchange(int subgroup, int ranks, std::uint64_t bytes, DataType dtype, bool sequence_parallel);
    void before(ProgramWriter& writer) const;
    void after(ProgramWriter& writer) const;

private:
    bool any_ = false;
    bool sequence_parallel_ = false;
    SubgroupCall gather_;
    SubgroupCall reduce_;
    std::uint64_t bytes_ = 0;
};

}  // namespace plumbline
