// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/workload.hpp"

#include "collectives/patterns/pattern.hpp"
#include "scenarios/model/matrix_file.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <utility>

namespace plumbline {

namespace {

constexpr std::array<std::string_view, 50> keys_of_workloads{"schedule",
                                                             "microbatches",
                                                             "stages",
                                                             "activation_bytes",
                                                             "forward",
                                                             "backward",
                                                             "weight",
                                                             "chunks",
                                                             "transfers",
                                                             "slice",
                                                             "compute_kind",
                                                             "gemm",
                                                             "compute",
                                                             "gradient_bytes",
                                                             "parameters",
                                                             "sharding",
                                                             "bucket_bytes",
                                                             "first_bucket_bytes",
                                                             "buckets",
                                                             "prefetch",
                                                             "layers",
                                                             "sequence_parallel",
                                                             "tokens",
                                                             "layer",
                                                             "sequences",
                                                             "hidden",
                                                             "top_k",
                                                             "experts",
                                                             "dispatch_dtype",
                                                             "combine_dtype",
                                                             "expert_compute",
                                                             "model",
                                                             "tensor",
                                                             "pipeline",
                                                             "expert",
                                                             "microbatch",
                                                             "global_batch",
                                                             "batch_per_replica",
                                                             "gradients",
                                                             "grid_order",
                                                             "compute_flops",
                                                             "peak_flops",
                                                             "recompute",
                                                             "dtype",
                                                             "skew",
                                                             "pattern",
                                                             "scale",
                                                             "stop",
                                                             "op",
                                                             "bytes"};

/// What stands in for compute where the scenario gives durations.
ComputeSpec read_compute(const Field& field)
{
    ComputeSpec spec;
    read_if(field, "compute_kind", spec.kind, [](const Field& kind) { return pick(kind, all_compute_kinds); });
    const auto gemm = field.find("gemm");
    if (gemm && spec.kind != ComputeKind::gemm) {
        gemm->fail("has no effect here (compute_kind is not gemm). Remove it, or set compute_kind: gemm");
    }
    if (gemm) {
        constexpr std::array<std::string_view, 2> keys{"size", "flops"};
        gemm->expect_keys("gemm", keys);
        read_if(*gemm, "size", spec.size, [](const Field& size) { return static_cast<std::uint64_t>(count_of(size)); });
        read_if(*gemm, "flops", spec.flops_per_s, rate_of);
    }
    return spec;
}

std::uint64_t message_of(const Field& field, DataType dtype)
{
    const std::uint64_t bytes = field.bytes();
    if (bytes < size_of(dtype)) {
        field.reject(say("it is less than one {}", name(dtype)), say("The nearest valid value is {}", size_of(dtype)));
    }
    return bytes;
}

PipelineSpec read_pipeline(const Field& field)
{
    expect_workload_keys(field, WorkloadKind::pipeline,
                         {"schedule", "microbatches", "activation_bytes", "forward", "backward", "weight", "chunks",
                          "stages", "transfers", "slice", "compute_kind", "gemm"});
    PipelineSpec spec;
    read_if(field, "schedule", spec.schedule, [](const Field& f) { return pick(f, all_pipeline_schedules); });
    read_if(field, "microbatches", spec.microbatches, counted);
    read_if(field, "stages", spec.stages, [](const Field& f) { return count_of(f, 2); });
    spec.activation_bytes = field.require("activation_bytes").bytes();
    spec.forward_s = field.require("forward").positive_seconds();
    spec.backward_s = field.require("backward").positive_seconds();
    read_if(field, "transfers", spec.transfers, [](const Field& f) { return pick(f, all_transfers); });
    read_if(field, "slice", spec.slice_s, seconds_of);
    spec.compute = read_compute(field);
    const auto chunks = field.find("chunks");
    if (chunks && spec.schedule != PipelineSchedule::interleaved) {
        chunks->fail(say("does not apply to {} (interleaved alone has chunks). Remove it", name(spec.schedule)));
    }
    if (spec.schedule == PipelineSchedule::interleaved) {
        spec.chunks = chunks ? count_of(*chunks, 2) : 2;
    }
    const auto weight = field.find("weight");
    if (weight && spec.schedule != PipelineSchedule::zb_h1) {
        weight->fail(say("does not apply to {} (zb_h1 alone computes it separately). Remove it", name(spec.schedule)));
    }
    if (spec.schedule == PipelineSchedule::zb_h1) {
        spec.weight_s = weight ? weight->positive_seconds() : spec.backward_s / 2;
        if (spec.weight_s >= spec.backward_s) {
            weight->reject("it is not less than 'backward', which is both gradients", "Write less than that");
        }
    }
    return spec;
}

std::vector<std::uint64_t> read_buckets(const Field& field, DataType dtype)
{
    std::vector<std::uint64_t> sizes;
    for (const Field& item : field.items()) {
        sizes.push_back(message_of(item, dtype));
    }
    return sizes;
}

void read_gradient(const Field& field, DataParallelSpec& spec)
{
    const auto parameters = field.find("parameters");
    const auto buckets = field.find("buckets");
    const auto bytes = field.find("gradient_bytes");
    const int ways = (parameters ? 1 : 0) + (buckets ? 1 : 0) + (bytes ? 1 : 0);
    if (ways != 1) {
        field.fail(say("has {} of gradient_bytes, parameters and buckets (one says how much is reduced). {} one", ways,
                       ways == 0 ? "Add" : "Keep"));
    }
    if (bytes) {
        spec.gradient_bytes = message_of(*bytes, spec.dtype);
    } else if (parameters) {
        const double count = parameters->number();
        if (count < 1 || count > 1e15) {
            parameters->reject("a number of parameters from 1 to 1e15 is wanted", "Write for example 175e9");
        }
        spec.gradient_bytes = static_cast<std::uint64_t>(count) * size_of(spec.dtype);
    } else {
        spec.buckets = read_buckets(*buckets, spec.dtype);
        for (const std::uint64_t size : spec.buckets) {
            spec.gradient_bytes += size;
        }
    }
}

/// More would be a step of nothing but starts, and a program that memory doesn't hold.
void expect_few_buckets(const Field& field, const DataParallelSpec& spec)
{
    constexpr std::uint64_t most = 100'000;
    const std::uint64_t buckets = bucket_count(spec);
    if (buckets <= most) {
        return;
    }
    const std::string why = fmt::format("the gradients are {} buckets, of which {} are the most", buckets, most);
    if (!spec.buckets.empty()) {
        field.require("buckets").fail(say("has too many entries ({}). Write fewer", why));
    }
    const std::uint64_t least = (spec.gradient_bytes + most - 2) / (most - 1);
    const std::string suggestion =
        least <= DataParallelSpec{}.bucket_bytes ? "Write for example 25MiB" : fmt::format("Write at least {}", least);
    if (const auto written = field.find("bucket_bytes")) {
        written->reject(why, suggestion);
    }
    field.fail(say("has too small a bucket_bytes ({}). {}", why, suggestion));
}

DataParallelSpec read_data_parallel(const Field& field)
{
    expect_workload_keys(
        field, WorkloadKind::data_parallel,
        {"compute", "forward", "backward", "gradient_bytes", "parameters", "buckets", "dtype", "sharding",
         "bucket_bytes", "first_bucket_bytes", "prefetch", "slice", "compute_kind", "gemm"});
    DataParallelSpec spec;
    read_if(field, "dtype", spec.dtype, pick_data_type);
    read_gradient(field, spec);
    spec.compute = read_compute(field);
    if (const auto compute = field.find("compute")) {
        spec.compute_s = compute->positive_seconds();
        for (const std::string_view key : {"forward", "backward", "sharding", "bucket_bytes", "first_bucket_bytes",
                                           "buckets", "prefetch", "slice"}) {
            if (const auto other = field.find(key)) {
                other->fail(
                    "has no effect with 'compute' (which is followed by one allreduce that blocks). Write 'forward' "
                    "and 'backward' instead of 'compute'");
            }
        }
        return spec;
    }
    spec.forward_s = field.require("forward").positive_seconds();
    spec.backward_s = field.require("backward").positive_seconds();
    read_if(field, "sharding", spec.sharding, [](const Field& f) { return pick(f, all_shardings); });
    read_if(field, "bucket_bytes", spec.bucket_bytes, [&](const Field& f) { return message_of(f, spec.dtype); });
    read_if(field, "first_bucket_bytes", spec.first_bucket_bytes,
            [&](const Field& f) { return message_of(f, spec.dtype); });
    expect_few_buckets(field, spec);
    read_if(field, "prefetch", spec.prefetch, [](const Field& f) { return count_of(f, 0); });
    read_if(field, "slice", spec.slice_s, seconds_of);
    return spec;
}

TensorParallelSpec read_tensor_parallel(const Field& field)
{
    expect_workload_keys(
        field, WorkloadKind::tensor_parallel,
        {"layers", "activation_bytes", "forward", "backward", "sequence_parallel", "dtype", "compute_kind", "gemm"});
    TensorParallelSpec spec;
    read_if(field, "dtype", spec.dtype, pick_data_type);
    read_if(field, "layers", spec.layers, counted);
    spec.activation_bytes = message_of(field.require("activation_bytes"), spec.dtype);
    spec.forward_s = field.require("forward").positive_seconds();
    spec.backward_s = field.require("backward").positive_seconds();
    read_if(field, "sequence_parallel", spec.sequence_parallel, truth);
    spec.compute = read_compute(field);
    return spec;
}

DecodeSpec read_decode(const Field& field)
{
    expect_workload_keys(
        field, WorkloadKind::decode,
        {"layers", "tokens", "sequences", "activation_bytes", "layer", "dtype", "compute_kind", "gemm"});
    DecodeSpec spec;
    read_if(field, "dtype", spec.dtype, pick_data_type);
    read_if(field, "layers", spec.layers, counted);
    read_if(field, "tokens", spec.tokens, counted);
    read_if(field, "sequences", spec.sequences, counted);
    spec.activation_bytes = message_of(field.require("activation_bytes"), spec.dtype);
    read_if(field, "layer", spec.layer_s, seconds_of);
    spec.compute = read_compute(field);
    return spec;
}

void read_routing(const Field& field, InputFiles& files, ExpertParallelSpec& spec)
{
    constexpr std::array<std::string_view, 4> keys{"kind", "factor", "seed", "file"};
    field.expect_keys("skew", keys);
    spec.skew = pick(field.require("kind"), all_skew_kinds);
    if (spec.skew == SkewKind::matrix) {
        spec.routing_path = field.require("file").text();
        spec.routing = parse_matrix(files.text(spec.routing_path), files.path(spec.routing_path));
        spec.top_k = 0;
        return;
    }
    read_if(field, "seed", spec.skew_seed, [](const Field& f) { return f.seed(); });
    if (spec.skew == SkewKind::hot) {
        field.require("factor");
    }
    if (const auto factor = field.find("factor")) {
        spec.skew_factor = factor->number();
        if (spec.skew_factor <= 0) {
            factor->reject("a number above 0 is wanted", "Write for example 2");
        }
    }
}

ExpertParallelSpec read_expert_parallel(const Field& field, InputFiles& files)
{
    expect_workload_keys(field, WorkloadKind::expert_parallel,
                         {"tokens", "hidden", "top_k", "experts", "dispatch_dtype", "combine_dtype", "skew",
                          "expert_compute", "compute_kind", "gemm"});
    ExpertParallelSpec spec;
    const auto size = [](const Field& f) { return static_cast<std::uint64_t>(f.integer(1, 1 << 24)); };
    if (const auto skew = field.find("skew")) {
        read_routing(*skew, files, spec);
    }
    const bool given = spec.skew == SkewKind::matrix;
    for (const std::string_view key : {"tokens", "experts"}) {
        if (const auto other = given ? field.find(key) : std::nullopt) {
            other->fail("has no effect with skew.kind matrix (skew.file gives what each rank sends). Remove it");
        }
    }
    read_if(field, "tokens", spec.tokens, size);
    read_if(field, "hidden", spec.hidden, size);
    read_if(field, "top_k", spec.top_k, counted);
    read_if(field, "experts", spec.experts, counted);
    read_if(field, "dispatch_dtype", spec.dispatch_dtype, pick_data_type);
    read_if(field, "combine_dtype", spec.combine_dtype, pick_data_type);
    read_if(field, "expert_compute", spec.expert_s, seconds_of);
    if (!given && spec.top_k > spec.experts) {
        field.require("top_k").reject(say("there are {} experts", spec.experts),
                                      say("The nearest valid value is {}", spec.experts));
    }
    spec.compute = read_compute(field);
    return spec;
}

}  // namespace

void expect_workload_keys(const Field& field, WorkloadKind workload, std::vector<std::string_view> keys)
{
    keys.insert(keys.begin(), {"pattern", "scale", "stop"});
    field.expect_keys(name(workload), keys, keys_of_workloads);
}

double rate_of(const Field& field)
{
    const double rate = field.number();
    if (rate <= 0) {
        field.reject("a number of operations a second above 0 is wanted", "Write for example 312e12");
    }
    return rate;
}

std::span<const std::string_view> workload_keys()
{
    return keys_of_workloads;
}

Pattern read_workload(WorkloadKind workload, const Field& field, InputFiles& files)
{
    switch (workload) {
        case WorkloadKind::pipeline:
            return read_pipeline(field);
        case WorkloadKind::data_parallel:
            return read_data_parallel(field);
        case WorkloadKind::tensor_parallel:
            return read_tensor_parallel(field);
        case WorkloadKind::decode:
            return read_decode(field);
        case WorkloadKind::expert_parallel:
            return read_expert_parallel(field, files);
        case WorkloadKind::training_step:
            return read_training_step(field);
    }
    throw std::logic_error("a workload that nobody reads");
}

}  // namespace plumbline
