#include "scenarios/plan/case_identity.hpp"

#include "collectives/util/units.hpp"
#include "scenarios/model/matrix_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <string>

namespace plumbline {

namespace {

void add_compute(CaseIdentity& what, const ComputeSpec& compute)
{
    if (compute.kind == ComputeKind::spin) {
        return;
    }
    what.parameters["compute_kind"] = name(compute.kind);
    if (compute.kind == ComputeKind::gemm) {
        what.parameters["gemm_size"] = std::to_string(compute.size);
        what.parameters["gemm_flops"] = shortest_number(compute.flops_per_s);
    }
}

/// `value` where it isn't the usual one.
template <class T>
void add_unusual(CaseIdentity& what, const std::string& key, const T& value, const T& usual)
{
    if (value == usual) {
        return;
    }
    if constexpr (std::is_same_v<T, double>) {
        what.parameters[key] = shortest_number(value);
    } else if constexpr (std::is_same_v<T, bool>) {
        what.parameters[key] = value ? "true" : "false";
    } else if constexpr (std::is_enum_v<T>) {
        what.parameters[key] = name(value);
    } else {
        what.parameters[key] = std::to_string(value);
    }
}

/// The largest number where it doesn't fit: more than any case may move.
std::uint64_t product(std::uint64_t a, std::uint64_t b)
{
    constexpr std::uint64_t largest = std::numeric_limits<std::uint64_t>::max();
    return b != 0 && a > largest / b ? largest : a * b;
}

std::string model_text(const ModelCard& model)
{
    for (const NamedModel& known : known_models()) {
        if (known.card == model) {
            return std::string(known.name);
        }
    }
    return fmt::format("l{} h{} a{} s{} v{}", model.layers, model.hidden, model.heads, model.sequence,
                       model.vocabulary);
}

}  // namespace

CaseIdentity identity_of(const PipelineSpec& spec)
{
    const PipelineSpec usual;
    CaseIdentity what;
    what.pattern = "pipeline";
    what.bytes = spec.activation_bytes;
    what.parameters = {{"schedule", std::string(name(spec.schedule))},
                       {"microbatches", std::to_string(spec.microbatches)},
                       {"forward_s", shortest_number(spec.forward_s)},
                       {"backward_s", shortest_number(spec.backward_s)}};
    add_unusual(what, "weight_s", spec.weight_s, usual.weight_s);
    add_unusual(what, "chunks", spec.chunks, usual.chunks);
    add_unusual(what, "transfers", spec.transfers, usual.transfers);
    add_unusual(what, "slice_s", spec.slice_s, usual.slice_s);
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const DataParallelSpec& spec)
{
    const DataParallelSpec usual;
    CaseIdentity what;
    what.pattern = "data_parallel";
    what.bytes = spec.gradient_bytes;
    what.dtype = spec.dtype;
    add_compute(what, spec.compute);
    if (!spec.overlaps()) {
        what.parameters["compute_s"] = shortest_number(spec.compute_s);
        return what;
    }
    what.parameters["forward_s"] = shortest_number(spec.forward_s);
    what.parameters["backward_s"] = shortest_number(spec.backward_s);
    what.parameters["sharding"] = name(spec.sharding);
    if (spec.buckets.empty()) {
        what.parameters["bucket_bytes"] = std::to_string(spec.bucket_bytes);
        what.parameters["first_bucket_bytes"] = std::to_string(spec.first_bucket_bytes);
    } else {
        what.parameters["buckets"] = fmt::format("{}", fmt::join(spec.buckets, " "));
    }
    add_unusual(what, "prefetch", spec.prefetch, usual.prefetch);
    add_unusual(what, "slice_s", spec.slice_s, usual.slice_s);
    return what;
}

CaseIdentity identity_of(const TensorParallelSpec& spec)
{
    CaseIdentity what;
    what.pattern = "tensor_parallel";
    what.bytes = spec.activation_bytes;
    what.dtype = spec.dtype;
    what.parameters = {{"layers", std::to_string(spec.layers)},
                       {"forward_s", shortest_number(spec.forward_s)},
                       {"backward_s", shortest_number(spec.backward_s)}};
    add_unusual(what, "sequence_parallel", spec.sequence_parallel, false);
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const DecodeSpec& spec)
{
    CaseIdentity what;
    what.pattern = "decode";
    what.bytes = spec.activation_bytes;
    what.dtype = spec.dtype;
    what.parameters = {{"layers", std::to_string(spec.layers)},
                       {"tokens", std::to_string(spec.tokens)},
                       {"sequences", std::to_string(spec.sequences)}};
    add_unusual(what, "layer_s", spec.layer_s, 0.0);
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const ExpertParallelSpec& spec)
{
    CaseIdentity what;
    what.pattern = "expert_parallel";
    what.dtype = spec.dispatch_dtype;
    what.parameters = {{"hidden", std::to_string(spec.hidden)},
                       {"combine_dtype", std::string(name(spec.combine_dtype))}};
    std::uint64_t sent = 0;
    if (spec.skew == SkewKind::matrix) {
        sent = bottleneck_bytes(spec.routing, matrix_ranks(spec.routing));
        add_unusual(what, "top_k", spec.top_k, 0);
    } else {
        sent = product(spec.tokens, static_cast<std::uint64_t>(spec.top_k));
        what.parameters["tokens"] = std::to_string(spec.tokens);
        what.parameters["top_k"] = std::to_string(spec.top_k);
        what.parameters["experts"] = std::to_string(spec.experts);
    }
    what.bytes = product(product(sent, spec.hidden), size_of(spec.dispatch_dtype));
    add_unusual(what, "expert_s", spec.expert_s, 0.0);
    if (spec.skew == SkewKind::matrix) {
        what.parameters["skew"] = name(spec.skew);
        what.parameters["matrix"] = matrix_hash(spec.routing);
    } else if (spec.skew != SkewKind::uniform) {
        what.parameters["skew"] = name(spec.skew);
        what.parameters["skew_seed"] = std::to_string(spec.skew_seed);
        add_unusual(what, "skew_factor", spec.skew_factor, 0.0);
    }
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const TrainingStepSpec& spec)
{
    const TrainingStepSpec usual;
    CaseIdentity what;
    what.pattern = "training_step";
    what.dtype = spec.dtype;
    what.bytes = slices_of(spec).message_bytes;
    what.parameters = {{"model", model_text(spec.model)},
                       {"tensor", std::to_string(spec.tensor)},
                       {"pipeline", std::to_string(spec.pipeline)},
                       {"schedule", std::string(name(spec.schedule))},
                       {"microbatch", std::to_string(spec.microbatch)},
                       {"compute_flops", shortest_number(spec.compute_flops)},
                       {"sharding", std::string(name(spec.sharding))}};
    add_unusual(what, "global_batch", spec.global_batch, 0);
    add_unusual(what, "batch_per_replica", spec.batch_per_replica, 0);
    add_unusual(what, "chunks", spec.chunks, usual.chunks);
    add_unusual(what, "expert", spec.expert, usual.expert);
    add_unusual(what, "top_k", spec.top_k, usual.top_k);
    add_unusual(what, "sequence_parallel", spec.sequence_parallel, usual.sequence_parallel);
    add_unusual(what, "gradients", spec.gradients, usual.gradients);
    add_unusual(what, "transfers", spec.transfers, usual.transfers);
    add_unusual(what, "grid_order", spec.order, usual.order);
    add_unusual(what, "peak_flops", spec.peak_flops, usual.peak_flops);
    add_unusual(what, "recompute", spec.recompute, usual.recompute);
    add_unusual(what, "slice_s", spec.slice_s, usual.slice_s);
    add_unusual(what, "compute_kind", spec.compute_kind, usual.compute_kind);
    return what;
}

}  // namespace plumbline
