// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/catalogue.hpp"

namespace plumbline {

namespace {

ClosedForms with_bubble(std::optional<double> bubble)
{
    ClosedForms forms;
    if (bubble) {
        forms["bubble_fraction"] = *bubble;
        forms["step_per_compute"] = 1 / (1 - *bubble);
    }
    return forms;
}

}  // namespace

Program program_of(const PipelineSpec& spec, int rank, int ranks)
{
    return pipeline_program(spec, rank, ranks);
}
Program program_of(const DataParallelSpec& spec, int /*rank*/, int ranks)
{
    return data_parallel_program(spec, ranks);
}
Program program_of(const TensorParallelSpec& spec, int /*rank*/, int ranks)
{
    return tensor_parallel_program(spec, ranks);
}
Program program_of(const DecodeSpec& spec, int /*rank*/, int ranks)
{
    return decode_program(spec, ranks);
}
Program program_of(const ExpertParallelSpec& spec, int rank, int ranks)
{
    return expert_parallel_program(spec, rank, ranks);
}
Program program_of(const TrainingStepSpec& spec, int rank, int ranks)
{
    return training_step_program(spec, rank, ranks);
}

std::string why_impossible(const DataParallelSpec&, int)
{
    return {};
}
std::string why_impossible(const TensorParallelSpec&, int)
{
    return {};
}
std::string why_impossible(const DecodeSpec& spec, int ranks)
{
    return ranks == 1 && spec.layer_s == 0 ? "one rank exchanges nothing, and there is no compute. Set 'layer'"
                                           : std::string();
}

ClosedForms closed_forms(const PipelineSpec& spec, int ranks)
{
    return with_bubble(ideal_bubble_fraction(spec, ranks));
}

ClosedForms closed_forms(const DataParallelSpec&, int)
{
    return {{"step_per_compute", 1}};
}

ClosedForms closed_forms(const TensorParallelSpec&, int)
{
    return {{"step_per_compute", 1}};
}

ClosedForms closed_forms(const DecodeSpec& spec, int)
{
    return {{"step_per_compute", 1}, {"tokens", static_cast<double>(spec.tokens) * spec.sequences}};
}

ClosedForms closed_forms(const ExpertParallelSpec& spec, int ranks)
{
    return closed_forms(spec, ranks, std::nullopt);
}

ClosedForms closed_forms(const ExpertParallelSpec& spec, int ranks, std::optional<std::uint64_t> most_received)
{
    ClosedForms forms{{"skew_factor", TokenRouting(spec, ranks, most_received).skew_factor()}};
    if (const auto tokens = tokens_of_step(spec, ranks)) {
        forms["tokens"] = *tokens;
    }
    return forms;
}

ClosedForms closed_forms(const TrainingStepSpec& spec, int ranks)
{
    ClosedForms forms = with_bubble(ideal_bubble_fraction(spec, ranks));
    const double batch = batch_of(spec, ranks);
    forms["model_flops"] = model_flops(spec.model, batch);
    forms["hardware_flops"] = spec.recompute ? recomputed_flops(spec.model, batch) : forms["model_flops"];
    forms["tokens"] = batch * static_cast<double>(spec.model.sequence);
    if (spec.peak_flops > 0) {
        forms["peak_flops"] = spec.peak_flops;
    }
    return forms;
}

}  // namespace plumbline
