// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/workloads/data_parallel.hpp"
#include "collectives/workloads/model_card.hpp"
#include "collectives/workloads/pipeline.hpp"
#include "collectives/workloads/program.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Which ranks are neighbours: tensor parallelism always has the closest ranks, whose links are the fastest.
enum class GridOrder : std::uint8_t {
    data_inner,      ///< tensor, then data, then pipeline (Megatron-LM's default)
    pipeline_inner,  ///< tensor, then pipeline, then data
};
inline constexpr std::array all_grid_orders{GridOrder::data_inner, GridOrder::pipeline_inner};
std::string_view name(GridOrder order);  ///< "tensor-data-pipeline", "tensor-pipeline-data"

/// A rank's coordinates in the grid of tensor, data and pipeline parallelism.
struct GridPlace {
    int tensor = 0;
    int pipeline = 0;
    int data = 0;
    bool operator==(const GridPlace&) const = default;
};
struct RankGrid {
    int tensor = 1;
    int pipeline = 1;
    int data = 1;
    GridOrder order = GridOrder::data_inner;

    int ranks() const { return tensor * pipeline * data; }
    GridPlace place(int rank) const;
    int rank(const GridPlace& place) const;
    std::vector<int> tensor_subgroup(const GridPlace& place) const;
    std::vector<int> data_subgroup(const GridPlace& place) const;
    /// `width` of the data subgroup, those next to each other: experts are spread over them.
    std::vector<int> expert_subgroup(const GridPlace& place, int width) const;
    /// Every `width`-th rank of the data subgroup: ranks with the same experts, which reduce their gradients.
    std::vector<int> same_experts_subgroup(const GridPlace& place, int width) const;
    bool operator==(const RankGrid&) const = default;
};

/// One training step of a model with tensor, pipeline, data and expert parallelism at the same time.
struct TrainingStepSpec {
    ModelCard model;
    int tensor = 1;
    int pipeline = 1;
    int expert = 1;  ///< data-parallel ranks that share one set of experts
    PipelineSchedule schedule = PipelineSchedule::one_f_one_b;
    int chunks = 1;
    int microbatch = 1;         ///< sequences
    int global_batch = 0;       ///< sequences of a step at every scale; 0: batch_per_replica
    int batch_per_replica = 0;  ///< sequences of one replica; the batch of a step grows with the scale
    DataType dtype = DataType::bfloat16;
    bool sequence_parallel = false;
    Sharding sharding = Sharding::zero1;  ///< none, zero1 or zero2
    Transfers gradients = Transfers::overlapped;
    Transfers transfers = Transfers::exposed;
    GridOrder order = GridOrder::data_inner;
    int top_k = 0;             ///< experts of a token; 0: a dense model. Compute is always that of one expert
    double compute_flops = 0;  ///< floating-point operations per second of a rank while it computes
    double peak_flops = 0;     ///< peak of the same, for MFU; 0: unknown
    bool recompute = false;    ///< every layer's forward is repeated in backward, exchanges included
    double slice_s = 100e-6;
    ComputeKind compute_kind = ComputeKind::spin;
    bool operator==(const TrainingStepSpec&) const = default;
};

/// Why the step can't run on so many ranks, one sentence with the nearest valid choice; empty where it can.
std::string why_impossible(const TrainingStepSpec& spec, int ranks);
/// The multiples of `of` next to `value`, which is not one: "4 and 8".
std::string nearest_multiples(std::int64_t value, std::int64_t of);
/// The divisors of `of` next to `value`, which is not one: "2 and 4".
std::string nearest_divisors(int value, int of);
/// Grid, micro-batches per replica and sequences per step, for a step that can run on so many ranks.
RankGrid grid_of(const TrainingStepSpec& spec, int ranks);
int microbatches_of(const TrainingStepSpec& spec, int ranks);
double batch_of(const TrainingStepSpec& spec, int ranks);

/// Sizes of what one rank computes and exchanges.
struct TrainingSlices {
    int layers = 0;               ///< of one chunk
    double layer_forward_s = 0;   ///< of one micro-batch
    double layer_backward_s = 0;  ///< both gradients, recomputation included
    double layer_forward_flops = 0;
    std::uint64_t activation_bytes = 0;  ///< of one layer's output for one micro-batch
    std::uint64_t message_bytes = 0;     ///< of one stage's output on one rank
    std::uint64_t layer_gradient_bytes = 0;
    /// The part of it that belongs to one expert per rank: reduced over ranks with the same expert alone.
    std::uint64_t layer_expert_gradient_bytes = 0;
};
TrainingSlices slices_of(const TrainingStepSpec& spec);

/// The steps of this rank.
Program training_step_program(const TrainingStepSpec& spec, int rank, int ranks);

/// Idle share of the pipeline by its schedule; nothing where no closed form is known.
std::optional<double> ideal_bubble_fraction(const TrainingStepSpec& spec, int ranks);

}  // namespace plumbline
