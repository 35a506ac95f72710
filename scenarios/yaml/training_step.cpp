// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/workload.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace plumbline {

namespace {

void read_batch(const Field& field, TrainingStepSpec& spec)
{
    read_if(field, "microbatch", spec.microbatch, counted);
    const auto global = field.find("global_batch");
    const auto replica = field.find("batch_per_replica");
    if (global.has_value() == replica.has_value()) {
        field.fail(
            say("has {} of global_batch and batch_per_replica (the first holds the total work fixed over scales, the "
                "second that of each replica). {} one",
                global ? "both" : "none", global ? "Remove" : "Add"));
    }
    constexpr int most_sequences = 1 << 24;
    if (global) {
        spec.global_batch = static_cast<int>(global->integer(1, most_sequences));
    } else {
        spec.batch_per_replica = static_cast<int>(replica->integer(1, most_sequences));
        if (spec.batch_per_replica % spec.microbatch != 0) {
            replica->reject(say("it is not a multiple of microbatch {}", spec.microbatch),
                            say("Nearest valid: {}", nearest_multiples(spec.batch_per_replica, spec.microbatch)));
        }
    }
}

void read_split(const Field& field, TrainingStepSpec& spec)
{
    read_if(field, "tensor", spec.tensor, counted);
    read_if(field, "pipeline", spec.pipeline, counted);
    read_if(field, "expert", spec.expert, counted);
    read_if(field, "top_k", spec.top_k, counted);
    if (spec.expert > 1 && spec.top_k == 0) {
        field.require("expert").reject("without top_k the model is dense: it has no experts to spread",
                                       "Add top_k, the experts of a token, or remove expert");
    }
    read_if(field, "schedule", spec.schedule, [](const Field& f) { return pick(f, all_pipeline_schedules); });
    if (spec.schedule == PipelineSchedule::interleaved) {
        spec.chunks = 2;
    }
    if (const auto chunks = field.find("chunks")) {
        if (spec.schedule != PipelineSchedule::interleaved) {
            chunks->fail(say("does not apply to {} (interleaved alone has chunks). Remove it", name(spec.schedule)));
        }
        spec.chunks = count_of(*chunks, 2);
    }
    if (spec.model.heads % spec.tensor != 0) {
        field.require("tensor").reject(say("it doesn't divide the {} heads", spec.model.heads),
                                       say("Nearest valid: {}", nearest_divisors(spec.tensor, spec.model.heads)));
    }
}

/// Layers in equal numbers on the stages, and on the chunks of each.
void check_stages(const Field& field, const TrainingStepSpec& spec)
{
    const int chunks = spec.schedule == PipelineSchedule::interleaved ? spec.chunks : 1;
    const int layers = spec.model.layers;
    if (layers % spec.pipeline != 0) {
        field.require("pipeline")
            .reject(say("it doesn't divide the {} layers", layers),
                    say("Nearest valid: {}", nearest_divisors(spec.pipeline, layers)));
    }
    if (layers / spec.pipeline % chunks != 0) {
        field.find("chunks")
            .value_or(field.require("schedule"))
            .reject(say("{} chunks don't divide the {} layers of a stage", chunks, layers / spec.pipeline),
                    say("Nearest valid values of 'chunks': {}", nearest_divisors(chunks, layers / spec.pipeline)));
    }
}

}  // namespace

ModelCard read_model(const Field& field)
{
    if (!field.is_map()) {
        std::vector<std::string_view> names;
        for (const NamedModel& known : known_models()) {
            names.push_back(known.name);
        }
        return known_models()[field.choice(names)].card;
    }
    constexpr std::array<std::string_view, 5> keys{"layers", "hidden", "heads", "sequence", "vocabulary"};
    field.expect_keys("model", keys);
    const auto size = [&](std::string_view key) {
        return static_cast<std::uint64_t>(field.require(key).integer(1, 1 << 24));
    };
    ModelCard card;
    card.layers = count_of(field.require("layers"));
    card.hidden = size("hidden");
    card.heads = count_of(field.require("heads"));
    card.sequence = size("sequence");
    card.vocabulary = size("vocabulary");
    if (card.hidden % static_cast<std::uint64_t>(card.heads) != 0) {
        field.require("heads").reject(say("it doesn't divide hidden {}", card.hidden), "Write a divisor of it");
    }
    return card;
}

TrainingStepSpec read_training_step(const Field& field)
{
    expect_workload_keys(field, WorkloadKind::training_step, {"model",         "tensor",
                                                              "pipeline",      "expert",
                                                              "top_k",         "schedule",
                                                              "chunks",        "microbatch",
                                                              "global_batch",  "batch_per_replica",
                                                              "dtype",         "sequence_parallel",
                                                              "sharding",      "gradients",
                                                              "transfers",     "grid_order",
                                                              "compute_flops", "peak_flops",
                                                              "recompute",     "slice",
                                                              "compute_kind"});
    TrainingStepSpec spec;
    spec.model = read_model(field.require("model"));
    read_split(field, spec);
    check_stages(field, spec);
    read_batch(field, spec);
    read_if(field, "dtype", spec.dtype, pick_data_type);
    read_if(field, "sequence_parallel", spec.sequence_parallel, truth);
    read_if(field, "sharding", spec.sharding, [](const Field& f) {
        constexpr std::array possible{Sharding::none, Sharding::zero1, Sharding::zero2};
        return pick(f, possible);
    });
    read_if(field, "gradients", spec.gradients, [](const Field& f) { return pick(f, all_transfers); });
    read_if(field, "transfers", spec.transfers, [](const Field& f) { return pick(f, all_transfers); });
    read_if(field, "grid_order", spec.order, [](const Field& f) { return pick(f, all_grid_orders); });
    spec.compute_flops = rate_of(field.require("compute_flops"));
    read_if(field, "peak_flops", spec.peak_flops, rate_of);
    read_if(field, "recompute", spec.recompute, truth);
    read_if(field, "slice", spec.slice_s, seconds_of);
    read_if(field, "compute_kind", spec.compute_kind, [](const Field& f) { return pick(f, all_compute_kinds); });
    if (spec.peak_flops > 0 && spec.compute_flops > spec.peak_flops) {
        field.require("compute_flops")
            .reject(say("it is more than peak_flops, {}", spec.peak_flops),
                    say("The nearest valid value is {}", spec.peak_flops));
    }
    return spec;
}

}  // namespace plumbline
