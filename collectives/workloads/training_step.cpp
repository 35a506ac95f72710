// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/training_step.hpp"

#include "collectives/workloads/tensor_parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace plumbline {

namespace {

/// The compute of half a layer; with gemm real matrix products of the slice's size.
ComputeCall work_of(const TrainingStepSpec& spec, double seconds, double flops)
{
    if (spec.compute_kind != ComputeKind::gemm) {
        return {.kind = spec.compute_kind, .seconds = seconds};
    }
    ComputeCall call{.kind = ComputeKind::gemm, .seconds = seconds, .dtype = spec.dtype};
    call.m = static_cast<std::uint64_t>(spec.microbatch) * spec.model.sequence;
    call.k = spec.model.hidden;
    call.n = static_cast<std::uint64_t>(
        std::max(1.0, std::round(flops / (2.0 * static_cast<double>(call.m) * static_cast<double>(call.k)))));
    return call;
}

/// Gradients that a subgroup of ranks reduces because they hold the same weights.
struct GradientShare {
    int subgroup = SubgroupCall::whole_case;
    std::uint64_t ranks = 1;
    std::uint64_t layer_bytes = 0;
};

/// Tensor x pipeline may exceed an int.
std::int64_t ranks_of_replica(const TrainingStepSpec& spec)
{
    return std::int64_t{spec.tensor} * spec.pipeline;
}

/// Writes one rank's step.
class StepWriter {
public:
    StepWriter(const TrainingStepSpec& spec, int rank, int ranks)
        : spec_(spec),
          grid_(grid_of(spec, ranks)),
          here_(grid_.place(rank)),
          slices_(slices_of(spec)),
          shape_{.schedule = spec.schedule,
                 .stages = spec.pipeline,
                 .microbatches = microbatches_of(spec, ranks),
                 .chunks = spec.schedule == PipelineSchedule::interleaved ? spec.chunks : 1},
          tensor_subgroup_(writer_.add_subgroup(grid_.tensor_subgroup(here_))),
          exchange_(tensor_subgroup_, spec.tensor, slices_.activation_bytes, spec.dtype, spec.sequence_parallel)
    {
        const int data_subgroup = writer_.add_subgroup(grid_.data_subgroup(here_));
        if (spec.top_k > 0) {
            expert_subgroup_ = writer_.add_subgroup(grid_.expert_subgroup(here_, spec.expert));
        }
        share_gradients(data_subgroup);
        // Each of the two gradients is as much work as a forward.
        const double gradients = splits_weights() ? 1 : 2;
        const double forward_s = slices_.layer_forward_s / parts_of_layer;
        const double forward_flops = slices_.layer_forward_flops / parts_of_layer;
        forward_ = work_of(spec, forward_s, forward_flops);
        backward_ = work_of(spec, gradients * forward_s, gradients * forward_flops);
    }

    Program program() &&
    {
        note_last_pieces();
        writer_.reserve(expected_steps());
        const StageMessages messages{
            .bytes = slices_.message_bytes, .transfers = spec_.transfers, .rank_of = [this](int stage) {
                return grid_.rank({.tensor = here_.tensor, .pipeline = stage, .data = here_.data});
            }};
        write_stage(writer_, shape_, here_.pipeline, messages, [this](const PipelineWork& work) { write(work); });
        reduce_gradients();
        return writer_.finished();
    }

private:
    bool splits_weights() const { return spec_.schedule == PipelineSchedule::zb_h1; }
    Phase gradient_phase() const { return splits_weights() ? Phase::weight : Phase::backward; }

    /// Gradients of weights that other ranks hold too: none of experts where each replica has its own.
    void share_gradients(int data_subgroup)
    {
        const std::uint64_t of_experts = slices_.layer_expert_gradient_bytes;
        const auto add = [this](int subgroup, int ranks, std::uint64_t layer_bytes) {
            shares_.push_back(
                {.subgroup = subgroup, .ranks = static_cast<std::uint64_t>(ranks), .layer_bytes = layer_bytes});
        };
        if (grid_.data > 1) {
            add(data_subgroup, grid_.data, slices_.layer_gradient_bytes - of_experts);
        }
        if (of_experts > 0 && grid_.data > spec_.expert) {
            add(writer_.add_subgroup(grid_.same_experts_subgroup(here_, spec_.expert)), grid_.data / spec_.expert,
                of_experts);
        }
    }

    /// Approximate number of steps; overlap adds slices.
    std::size_t expected_steps() const
    {
        const int exchanges = spec_.tensor == 1 ? 0 : spec_.sequence_parallel ? 2 : 1;
        const int of_part = 1 + exchanges + (spec_.top_k > 0 ? 2 : 0);
        const int of_piece = slices_.layers * parts_of_layer * of_part + 3;
        const int phases = 2 + (splits_weights() ? 1 : 0) + (spec_.recompute ? 1 : 0);
        return static_cast<std::size_t>(shape_.microbatches) *
               static_cast<std::size_t>(shape_.chunks * phases * of_piece);
    }

    /// The micro-batch that completes the gradients of each chunk.
    void note_last_pieces()
    {
        for (const PipelineWork& work : stage_order(shape_, here_.pipeline)) {
            if (work.phase == gradient_phase()) {
                last_of_chunk_[work.chunk] = work.microbatch;
            }
        }
    }

    void write(const PipelineWork& work)
    {
        const bool completes = work.phase == gradient_phase() && last_of_chunk_.at(work.chunk) == work.microbatch;
        const bool beside = !shares_.empty() && spec_.gradients == Transfers::overlapped && completes;
        for (int layer = 0; layer < slices_.layers; ++layer) {
            if (work.phase == Phase::backward && spec_.recompute) {
                write_layer(forward_, Phase::forward, beside);
            }
            write_layer(work.phase == Phase::forward ? forward_ : backward_, work.phase, beside);
            if (beside) {
                begin_gradients();
            }
        }
    }

    /// One pass of a layer. Weight gradients exchange nothing.
    void write_layer(const ComputeCall& call, Phase pass, bool beside)
    {
        for (int part = 0; part < parts_of_layer; ++part) {
            write_part(call, part, pass != Phase::weight, beside);
        }
    }

    void write_part(const ComputeCall& call, int part, bool exchanges, bool beside)
    {
        const bool has_experts = spec_.top_k > 0 && part == 1 && exchanges;
        if (exchanges) {
            exchange_.before(writer_);
        }
        if (has_experts) {
            move_tokens();
        }
        if (beside || spec_.transfers == Transfers::overlapped) {
            writer_.compute_in_slices(call, spec_.slice_s);
        } else {
            writer_.compute(call);
        }
        if (has_experts) {
            move_tokens();
        }
        if (exchanges) {
            exchange_.after(writer_);
        }
    }

    /// Tokens to their experts, or back: spread evenly.
    void move_tokens()
    {
        if (spec_.expert < 2) {
            return;
        }
        const std::uint64_t tokens = static_cast<std::uint64_t>(spec_.microbatch) * spec_.model.sequence *
                                     static_cast<std::uint64_t>(spec_.top_k) / static_cast<std::uint64_t>(spec_.tensor);
        SubgroupCall call;
        call.call.collective = Collective::alltoall;
        call.call.dtype = spec_.dtype;
        call.call.count = tokens * spec_.model.hidden / static_cast<std::uint64_t>(spec_.expert);
        call.subgroup = expert_subgroup_;
        const std::uint64_t bytes = call.call.count * size_of(spec_.dtype) * static_cast<std::uint64_t>(spec_.expert);
        writer_.collective(TimeCategory::expert, call, bytes);
    }

    std::uint64_t padded_elements(const GradientShare& share, int layers) const
    {
        const std::uint64_t elements = share.layer_bytes * static_cast<std::uint64_t>(layers) / size_of(spec_.dtype);
        return (elements + share.ranks - 1) / share.ranks * share.ranks;
    }
    std::uint64_t gradient_bytes(const GradientShare& share, int layers) const
    {
        return padded_elements(share, layers) * size_of(spec_.dtype);
    }

    SubgroupCall data_call(const GradientShare& share, Collective collective, int layers) const
    {
        SubgroupCall call;
        call.call.collective = collective;
        call.call.dtype = spec_.dtype;
        call.call.in_place = true;
        call.call.count = padded_elements(share, layers) / (collective == Collective::allreduce ? 1 : share.ranks);
        call.subgroup = share.subgroup;
        return call;
    }
    SubgroupCall gradient_call(const GradientShare& share, int layers) const
    {
        return data_call(share, spec_.sharding == Sharding::none ? Collective::allreduce : Collective::reduce_scatter,
                         layers);
    }

    /// Gradients of one layer, overlapped with the compute that follows.
    void begin_gradients()
    {
        for (const GradientShare& share : shares_) {
            begun_.push_back(
                writer_.begin_collective(TimeCategory::data, gradient_call(share, 1), gradient_bytes(share, 1)));
        }
    }

    /// The remaining gradients, and the parameters that other ranks have updated.
    void reduce_gradients()
    {
        const int layers = slices_.layers * shape_.chunks;
        writer_.at(Phase::optimizer);
        for (const GradientShare& share : shares_) {
            if (spec_.gradients == Transfers::exposed) {
                writer_.collective(TimeCategory::data, gradient_call(share, layers), gradient_bytes(share, layers));
            }
        }
        for (const std::int32_t begun : begun_) {
            writer_.wait(begun);
        }
        for (const GradientShare& share : shares_) {
            if (spec_.sharding != Sharding::none) {
                writer_.collective(TimeCategory::data, data_call(share, Collective::allgather, layers),
                                   gradient_bytes(share, layers));
            }
        }
    }

    const TrainingStepSpec& spec_;
    RankGrid grid_;
    GridPlace here_;
    TrainingSlices slices_;
    PipelineShape shape_;
    ProgramWriter writer_;
    int tensor_subgroup_;
    int expert_subgroup_ = SubgroupCall::whole_case;
    TensorExchange exchange_;
    ComputeCall forward_;
    ComputeCall backward_;
    std::vector<GradientShare> shares_;
    std::map<int, int> last_of_chunk_;
    std::vector<std::int32_t> begun_;
};

}  // namespace

std::string_view name(GridOrder order)
{
    return order == GridOrder::data_inner ? "tensor-data-pipeline" : "tensor-pipeline-data";
}

GridPlace RankGrid::place(int rank) const
{
    GridPlace place;
    place.tensor = rank % tensor;
    const int outer = rank / tensor;
    if (order == GridOrder::data_inner) {
        place.data = outer % data;
        place.pipeline = outer / data;
    } else {
        place.pipeline = outer % pipeline;
        place.data = outer / pipeline;
    }
    return place;
}

int RankGrid::rank(const GridPlace& place) const
{
    const int outer =
        order == GridOrder::data_inner ? place.pipeline * data + place.data : place.data * pipeline + place.pipeline;
    return outer * tensor + place.tensor;
}

std::vector<int> RankGrid::tensor_subgroup(const GridPlace& place) const
{
    std::vector<int> subgroup;
    for (int i = 0; i < tensor; ++i) {
        subgroup.push_back(rank({.tensor = i, .pipeline = place.pipeline, .data = place.data}));
    }
    return subgroup;
}

std::vector<int> RankGrid::data_subgroup(const GridPlace& place) const
{
    std::vector<int> subgroup;
    for (int i = 0; i < data; ++i) {
        subgroup.push_back(rank({.tensor = place.tensor, .pipeline = place.pipeline, .data = i}));
    }
    return subgroup;
}

std::vector<int> RankGrid::expert_subgroup(const GridPlace& place, int width) const
{
    const std::vector<int> all = data_subgroup(place);
    const auto first = all.begin() + place.data / width * width;
    return {first, first + width};
}

std::vector<int> RankGrid::same_experts_subgroup(const GridPlace& place, int width) const
{
    std::vector<int> subgroup;
    for (int i = place.data % width; i < data; i += width) {
        subgroup.push_back(rank({.tensor = place.tensor, .pipeline = place.pipeline, .data = i}));
    }
    return subgroup;
}

std::string why_impossible(const TrainingStepSpec& spec, int ranks)
{
    const std::int64_t model_ranks = ranks_of_replica(spec);
    if (ranks % model_ranks != 0) {
        return fmt::format("{} ranks are not a multiple of tensor {} x pipeline {} = {}. Nearest valid: {}", ranks,
                           spec.tensor, spec.pipeline, model_ranks, nearest_multiples(ranks, model_ranks));
    }
    const int data = grid_of(spec, ranks).data;
    const std::int64_t pieces =
        std::int64_t{spec.pipeline} * (spec.schedule == PipelineSchedule::interleaved ? spec.chunks : 1);
    if (spec.model.layers % pieces != 0) {
        return fmt::format("layers {} can't be split evenly over {} stages{}. Nearest valid: {}", spec.model.layers,
                           spec.pipeline, pieces == spec.pipeline ? "" : fmt::format(" of {} chunks", spec.chunks),
                           nearest_multiples(spec.model.layers, pieces));
    }
    const int per_replica = spec.batch_per_replica > 0 ? spec.batch_per_replica : spec.global_batch / data;
    const std::int64_t at_once = std::int64_t{data} * spec.microbatch;
    if (spec.batch_per_replica == 0 && spec.global_batch % at_once != 0) {
        return fmt::format(
            "global_batch {} can't be split evenly over {} replicas of micro-batches of {}. Nearest valid: {}",
            spec.global_batch, data, spec.microbatch, nearest_multiples(spec.global_batch, at_once));
    }
    if (per_replica % spec.microbatch != 0) {
        return fmt::format("batch_per_replica {} is not a multiple of microbatch {}. Nearest valid: {}", per_replica,
                           spec.microbatch, nearest_multiples(per_replica, spec.microbatch));
    }
    if (spec.expert > 1 && data % spec.expert != 0) {
        return fmt::format("expert {} doesn't divide the {} replicas. Nearest valid: {}", spec.expert, data,
                           nearest_divisors(spec.expert, data));
    }
    return why_impossible(PipelineShape{.schedule = spec.schedule,
                                        .stages = spec.pipeline,
                                        .microbatches = per_replica / spec.microbatch,
                                        .chunks = spec.chunks});
}

std::string nearest_multiples(std::int64_t value, std::int64_t of)
{
    const std::int64_t lower = value / of * of;
    return lower == 0 ? fmt::format("{}", of) : fmt::format("{} and {}", lower, lower + of);
}

std::string nearest_divisors(int value, int of)
{
    int lower = std::min(value, of);
    while (of % lower != 0) {
        --lower;
    }
    int upper = value;
    while (upper < of && of % upper != 0) {
        ++upper;
    }
    return upper > of || upper == lower ? fmt::format("{}", lower) : fmt::format("{} and {}", lower, upper);
}

RankGrid grid_of(const TrainingStepSpec& spec, int ranks)
{
    return {.tensor = spec.tensor,
            .pipeline = spec.pipeline,
            .data = static_cast<int>(ranks / ranks_of_replica(spec)),
            .order = spec.order};
}

double batch_of(const TrainingStepSpec& spec, int ranks)
{
    return spec.global_batch > 0 ? spec.global_batch
                                 : static_cast<double>(spec.batch_per_replica) * grid_of(spec, ranks).data;
}

int microbatches_of(const TrainingStepSpec& spec, int ranks)
{
    const int replica =
        spec.batch_per_replica > 0 ? spec.batch_per_replica : spec.global_batch / grid_of(spec, ranks).data;
    return replica / spec.microbatch;
}

TrainingSlices slices_of(const TrainingStepSpec& spec)
{
    const int chunks = spec.schedule == PipelineSchedule::interleaved ? spec.chunks : 1;
    const auto tensor = static_cast<std::uint64_t>(spec.tensor);
    TrainingSlices slices;
    slices.layers = spec.model.layers / (spec.pipeline * chunks);
    // A third of a step's operations is forward. The vocabulary's share is spread over the layers, as if stages were
    // balanced.
    slices.layer_forward_flops = model_flops(spec.model, spec.microbatch) / 3 / spec.model.layers / spec.tensor;
    slices.layer_forward_s = slices.layer_forward_flops / spec.compute_flops;
    slices.layer_backward_s = slices.layer_forward_s * (spec.recompute ? 3 : 2);
    slices.activation_bytes =
        static_cast<std::uint64_t>(spec.microbatch) * spec.model.sequence * spec.model.hidden * size_of(spec.dtype);
    slices.message_bytes = spec.sequence_parallel ? slices.activation_bytes / tensor : slices.activation_bytes;
    slices.layer_gradient_bytes =
        static_cast<std::uint64_t>(parameters(spec.model) / spec.model.layers / spec.tensor) * size_of(spec.dtype);
    if (spec.top_k > 0 && spec.expert > 1) {
        // The feed-forward part's 8 h^2 of a layer's 12 h^2: Narayanan et al. 2021.
        slices.layer_expert_gradient_bytes = 8 * spec.model.hidden * spec.model.hidden / tensor * size_of(spec.dtype);
    }
    return slices;
}

Program training_step_program(const TrainingStepSpec& spec, int rank, int ranks)
{
    return StepWriter(spec, rank, ranks).program();
}

std::optional<double> ideal_bubble_fraction(const TrainingStepSpec& spec, int ranks)
{
    const TrainingSlices slices = slices_of(spec);
    PipelineSpec pipeline;
    pipeline.schedule = spec.schedule;
    pipeline.microbatches = microbatches_of(spec, ranks);
    pipeline.chunks = spec.chunks;
    pipeline.forward_s = slices.layer_forward_s;
    pipeline.backward_s = slices.layer_backward_s;
    pipeline.weight_s = slices.layer_forward_s;
    return ideal_bubble_fraction(pipeline, spec.pipeline);
}

}  // namespace plumbline
