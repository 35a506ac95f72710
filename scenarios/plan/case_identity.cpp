// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/case_identity.hpp"

#include "collectives/patterns/pattern.hpp"
#include "collectives/util/units.hpp"
#include "scenarios/model/matrix_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

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

void add_skew(CaseIdentity& what, const CollectiveSpec& spec)
{
    if (spec.skew == SkewKind::uniform) {
        return;
    }
    what.parameters["skew"] = name(spec.skew);
    if (spec.skew == SkewKind::matrix) {
        what.parameters["matrix"] = matrix_hash(spec.matrix_bytes);
        return;
    }
    what.parameters["skew_seed"] = std::to_string(spec.skew_seed);
    if (spec.skew != SkewKind::random) {
        what.parameters["skew_factor"] = shortest_number(spec.skew_factor);
        // Cases of before this was said are of what each rank sends.
        what.parameters["skew_bytes"] = "of_hottest_rank";
    }
}

/// Each with one of its message sizes.
template <class Spec>
std::vector<Spec> one_size_each(const Spec& spec)
{
    std::vector<Spec> all;
    for (const std::uint64_t bytes : spec.bytes) {
        all.push_back(spec);
        all.back().bytes = {bytes};
    }
    return all;
}

/// With each form of the call, size and timing of `spec`: those to compare stand side by side.
void add_ways(CollectiveSpec single, const CollectiveSpec& spec, std::vector<CollectiveSpec>& all)
{
    const auto add_timings = [&] {
        for (const Timing& timing : spec.timings) {
            single.timings = {timing};
            all.push_back(single);
        }
    };
    for (const CallForm form : spec.calls) {
        single.calls = {form};
        if (spec.bytes.empty()) {
            add_timings();
        }
        for (const std::uint64_t bytes : spec.bytes) {
            single.bytes = {bytes};
            add_timings();
        }
    }
}

}  // namespace

std::vector<CollectiveSpec> single_cases(const CollectiveSpec& spec)
{
    std::vector<CollectiveSpec> all;
    CollectiveSpec single = spec;
    for (const DataType dtype : spec.dtypes) {
        single.dtypes = {dtype};
        for (const ReduceOp op : spec.ops) {
            single.ops = {op};
            for (const bool in_place : spec.in_place) {
                single.in_place = {in_place};
                add_ways(single, spec, all);
            }
        }
    }
    return all;
}

std::vector<PairwiseSpec> single_cases(const PairwiseSpec& spec)
{
    return one_size_each(spec);
}

std::vector<BisectionSpec> single_cases(const BisectionSpec& spec)
{
    return one_size_each(spec);
}

std::vector<CongestionSpec> single_cases(const CongestionSpec& spec)
{
    std::vector<CongestionSpec> all;
    CongestionSpec single = spec;
    for (const Victim victim : spec.victims) {
        single.victims = {victim};
        for (const Aggressor aggressor : spec.aggressors) {
            single.aggressors = {aggressor};
            const auto sizes = one_size_each(single);
            all.insert(all.end(), sizes.begin(), sizes.end());
        }
    }
    return all;
}

CaseIdentity identity_of(const CollectiveSpec& spec)
{
    CaseIdentity what;
    what.pattern = name(spec.collective);
    what.bytes = spec.bytes.empty() ? 0 : spec.bytes.front();
    what.dtype = spec.dtypes.front();
    what.op = spec.ops.front();
    what.in_place = spec.in_place.front();
    what.root = spec.root;
    if (info(spec.collective).pairs) {
        what.parameters["pairs"] = name(spec.pairs);
    }
    if (spec.collective == Collective::bidirectional) {
        what.parameters["window"] = std::to_string(spec.window);
    }
    add_skew(what, spec);
    set_timing(what, spec.timings.front());
    if (spec.calls.front() == CallForm::native) {
        what.parameters["calls"] = name(CallForm::native);
    }
    return what;
}

CaseIdentity identity_of(const PipelineSpec& spec)
{
    const PipelineSpec usual;
    CaseIdentity what;
    what.pattern = name(WorkloadKind::pipeline);
    what.bytes = spec.activation_bytes;
    what.parameters = {{"schedule", std::string(name(spec.schedule))},
                       {"microbatches", std::to_string(spec.microbatches)},
                       {"forward_s", shortest_number(spec.forward_s)},
                       {"backward_s", shortest_number(spec.backward_s)}};
    add_unusual(what, "weight_s", spec.weight_s, usual.weight_s);
    add_unusual(what, "chunks", spec.chunks, usual.chunks);
    add_unusual(what, "stages", spec.stages, usual.stages);
    add_unusual(what, "transfers", spec.transfers, usual.transfers);
    add_unusual(what, "slice_s", spec.slice_s, usual.slice_s);
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const DataParallelSpec& spec)
{
    const DataParallelSpec usual;
    CaseIdentity what;
    what.pattern = name(WorkloadKind::data_parallel);
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
    what.pattern = name(WorkloadKind::tensor_parallel);
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
    what.pattern = name(WorkloadKind::decode);
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
    what.pattern = name(WorkloadKind::expert_parallel);
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
        if (spec.skew == SkewKind::random) {
            what.parameters["skew_generator"] = std::to_string(routing_generator);
        }
        add_unusual(what, "skew_factor", spec.skew_factor, 0.0);
    }
    add_compute(what, spec.compute);
    return what;
}

CaseIdentity identity_of(const TrainingStepSpec& spec)
{
    const TrainingStepSpec usual;
    CaseIdentity what;
    what.pattern = name(WorkloadKind::training_step);
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

CaseIdentity identity_of(const PairwiseSpec& spec)
{
    CaseIdentity what;
    what.pattern = name(NetworkProbe::links);
    what.bytes = spec.bytes.front();
    what.dtype = DataType::uint8;
    what.parameters["traffic"] = name(spec.traffic);
    what.parameters["passes"] = std::to_string(spec.passes);
    if (spec.level == LinkLevel::node) {
        what.parameters["level"] = name(spec.level);
    }
    if (spec.peers) {
        what.parameters["peers"] = std::to_string(*spec.peers);
        what.parameters["seed"] = std::to_string(spec.seed);
    }
    add_unusual(what, "group_nodes", spec.group_nodes, 0);
    add_unusual(what, "compute_s", spec.compute_s, 0.0);
    return what;
}

CaseIdentity identity_of(const BisectionSpec& spec)
{
    CaseIdentity what;
    what.pattern = name(NetworkProbe::bisect);
    what.bytes = spec.bytes.front();
    what.dtype = DataType::uint8;
    what.parameters["repetitions"] = std::to_string(spec.repetitions);
    return what;
}

CaseIdentity identity_of(const CongestionSpec& spec)
{
    const Victim victim = spec.victims.front();
    const Aggressor aggressor = spec.aggressors.front();
    CaseIdentity what;
    what.pattern = name(NetworkProbe::congestion);
    what.bytes = spec.bytes.front();
    what.dtype = data_type(victim);
    what.parameters = {{"victims", shortest_number(spec.victim_share)},
                       {"splits", std::to_string(spec.splits)},
                       {"seed", std::to_string(spec.seed)},
                       {"victim", std::string(name(victim))},
                       {"aggressor", std::string(name(aggressor))}};
    if (spec.level == LinkLevel::rank) {
        what.parameters["level"] = name(spec.level);
    }
    if (aggressor != Aggressor::none) {
        what.parameters["aggressor_bytes"] = std::to_string(spec.aggressor_bytes);
    }
    return what;
}

}  // namespace plumbline
